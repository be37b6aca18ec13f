/** `node:process` */
import EventEmitter from 'events/events.js'
import { host } from './host.ts'
import { forget, nextTick, type Origin, onBegin, onEnd, ticket } from './loop.ts'
import { Output } from './output.ts'
import { SIGNALS } from './signals.ts'

type Listener = Parameters<EventEmitter['on']>[1]

/** The signals that are listened to. */
const watched = new Set<string>()

/** A signal loses its usual effect with the first listener, and never gets it back: nothing here takes one off for that. */
function watch(name: string | symbol): void {
  const number = typeof name === 'string' ? SIGNALS[name] : undefined
  if (typeof name !== 'string' || number === undefined || watched.has(name)) return
  const operation = ticket<undefined>(() => process.emit(name, name, number), { repeating: true, ref: false })
  watched.add(name)
  try {
    host.onSignal(operation, number)
  } catch (error) {
    forget(operation)
    watched.delete(name)
    throw error
  }
}

class Process extends EventEmitter {
  readonly platform = 'linux'
  readonly arch = host.arch
  readonly execArgv: readonly string[] = []
  /** The version whose behaviour the modules of this runtime follow. */
  readonly versions = { node: '24.0.0' }
  readonly version = 'v24.0.0'
  /** What tells this runtime from Node, for `install`: only a static binary can be copied. */
  readonly release = { name: 'readywhen' }
  exitCode: number | string | undefined
  readonly nextTick = nextTick
  #argv: string[] | undefined
  #env: Record<string, string> | undefined
  #execPath: string | undefined
  #stdout: Output | undefined
  #stderr: Output | undefined
  #exiting = false

  get pid(): number {
    return host.pid()
  }

  get execPath(): string {
    this.#execPath ??= host.execPath()
    return this.#execPath
  }

  /** As a script's would begin, with the name of the program twice: only the path of it could tell more. */
  get argv(): string[] {
    if (this.#argv === undefined) {
      const [name = '', ...args] = host.args()
      this.#argv = [name, name, ...args]
    }
    return this.#argv
  }

  get env(): Record<string, string> {
    this.#env ??= host.env()
    return this.#env
  }

  get stdout(): Output {
    this.#stdout ??= new Output(1)
    return this.#stdout
  }

  get stderr(): Output {
    this.#stderr ??= new Output(2)
    return this.#stderr
  }

  override on(name: string | symbol, listener: Listener): this {
    watch(name)
    return super.on(name, listener)
  }

  override addListener(name: string | symbol, listener: Listener): this {
    return this.on(name, listener)
  }

  cwd(): string {
    return host.cwd()
  }

  geteuid(): number {
    return host.uid()
  }

  uptime(): number {
    return host.now() / 1000
  }

  /** Of this thread, in microseconds. */
  threadCpuUsage(): { user: number; system: number } {
    const [user, system] = host.cpu()
    return { user, system }
  }

  /** Only `rss` is known: the highest so far, in bytes. */
  memoryUsage(): { rss: number } {
    return { rss: host.maxRss() * 1024 }
  }

  /** Becomes another program; returns only by throwing. */
  execve(file: string, args: readonly string[] = [], env: Record<string, string> = this.env): never {
    return host.execve(
      file,
      args,
      Object.entries(env).map(([name, value]) => `${name}=${value}`),
    )
  }

  emitWarning(warning: string | Error, options?: string | { type?: string }): void {
    const type = typeof options === 'string' ? options : options?.type
    const name = type ?? 'Warning'
    const error = typeof warning === 'string' ? Object.assign(new Error(warning), { name }) : warning
    nextTick(() => {
      if (!this.emit('warning', error)) this.stderr.write(`(readywhen:${this.pid}) ${error}\n`)
    })
  }

  exit(code: number | string | undefined = this.exitCode): never {
    this.exitCode = code
    if (!this.#exiting) {
      this.#exiting = true
      this.emit('exit', Number(code ?? 0))
    }
    return host.exit(Number(this.exitCode ?? 0))
  }
}

const process = new Process()

function uncaught(error: unknown, origin: Origin, promise?: Promise<unknown>): void {
  if (origin === 'unhandledRejection' && process.emit('unhandledRejection', error, promise)) return
  try {
    if (process.emit('uncaughtException', error, origin)) return
  } catch (second) {
    process.stderr.write(`${describe(second)}\n`)
    host.exit(7)
  }
  process.stderr.write(`Uncaught ${describe(error)}\n`)
  process.exit(1)
}

/** An error with its stack; QuickJS leaves the message out of that. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { stack = '' } = error
  return stack.startsWith(String(error)) ? stack : `${error}\n${stack.trimEnd()}`
}

onEnd({ uncaught, finished: () => process.exit() })

export default process
export const { platform, arch, execArgv } = process
/** There once the program has begun. */
export let env: Record<string, string>
onBegin(() => {
  env = process.env
})
