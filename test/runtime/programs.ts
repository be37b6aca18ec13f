/** Small programs whose ends are compared: exit code, signal, standard output, and whether there were complaints. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

class Program {
  readonly #source: string
  constructor(source: string) {
    this.#source = source
  }

  /** Writes the program into a directory; gives its path. */
  async write(directory: string): Promise<string> {
    Program.#count += 1
    const path = join(directory, `program-${Program.#count}.ts`)
    writeFileSync(
      path,
      `import process from 'node:process'\nimport { writeSync } from 'node:fs'
const say = (text) => writeSync(1, new TextEncoder().encode(text + '\\n'))\n${this.#source}\n`,
    )
    return path
  }

  static #count = 0
}

const program = (source: string): Program => new Program(source)

// Of two timers the one that is due first is set first: a machine that stalls in between would turn them around.
export const PROGRAMS: Readonly<Record<string, Program>> = {
  'a program that ends by itself': program("say('done')"),
  'an exit code that is set': program('process.exitCode = 3'),
  'an exit with a code': program("process.on('exit', (code) => say('exit ' + code)); process.exit(4)"),
  'an exit within exit': program("process.on('exit', () => process.exit(5)); process.exit(4)"),
  'exit is told at the natural end too': program(
    "process.on('exit', (code) => say('exit ' + code)); process.exitCode = 6",
  ),
  'an uncaught exception': program(
    "setTimeout(() => { throw new Error('x') }, 1); setTimeout(() => say('never'), 10)",
  ),
  'an uncaught exception at the top': program("setTimeout(() => say('never'), 10); throw new Error('x')"),
  'an uncaught exception that is caught': program(
    "process.on('uncaughtException', (error, origin) => say(error.message + ' ' + origin)); setTimeout(() => { throw new Error('x') }, 1); setTimeout(() => say('on'), 10)",
  ),
  'an exception in a tick, a microtask and a listener': program(
    "process.on('uncaughtException', (error) => say(error.message)); process.nextTick(() => { throw new Error('tick') }); queueMicrotask(() => { throw new Error('microtask') }); setImmediate(() => { throw new Error('immediate') })",
  ),
  'a rejection nobody handles': program("setTimeout(() => say('never'), 10); Promise.reject(new Error('x'))"),
  'a rejection that goes to uncaughtException': program(
    "process.on('uncaughtException', (error, origin) => say(error.message + ' ' + origin)); Promise.reject(new Error('x'))",
  ),
  'a rejection that goes to unhandledRejection': program(
    "process.on('unhandledRejection', (reason) => say('unhandled ' + reason)); Promise.reject('x'); setTimeout(() => say('on'), 5)",
  ),
  'a rejection that is handled too late': program(
    "const p = Promise.reject(new Error('x')); setTimeout(() => p.catch(() => say('never')), 5)",
  ),
  'an exception while an exception is handled': program(
    "process.on('uncaughtException', () => { throw new Error('second') }); setTimeout(() => { throw new Error('first') }, 1)",
  ),
  'a timer that is unrefd does not keep the program alive': program(
    "setTimeout(() => say('never'), 5000).unref(); say('end')",
  ),
  'an interval that is unrefd runs while something else does': program(
    "let n = 0; const held = setTimeout(() => say('never'), 10000); setInterval(() => { say('tick'); n += 1; if (n === 2) clearTimeout(held) }, 5).unref()",
  ),
  'a promise that never settles does not keep the program alive': program(
    "new Promise(() => {}).then(() => say('never')); say('end')",
  ),
  'the arguments and the order of what runs first': program(
    "setTimeout(() => say('timer'), 0); setImmediate(() => {}); Promise.resolve().then(() => say('promise')); process.nextTick(() => say('tick')); say('top'); say(String(process.argv.length))",
  ),
}
