import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import type net from 'node:net'
import process from 'node:process'
import { onExit } from './exit.ts'
import { until } from './until.ts'

/** Where util-linux puts it; it lets the kernel end a child when the test process is killed and can do nothing itself. */
const SETPRIV = '/usr/bin/setpriv'
/** How long the end of the test process may wait for its children: a Postgres shut down at once takes some 10 ms. */
const EXIT_LIMIT_MS = 3000
/** What ends each child that still runs, by its pid. */
const running = new Map<number, () => void>()
let armed = false

export interface ChildOptions {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  /** Run as this user, with the group of the same name; only root may ask for it. */
  readonly user?: string
  /** What ends it at once and takes its own children along; SIGKILL by default. */
  readonly killSignal?: NodeJS.Signals
  /** Written to its stdin, which is then closed; otherwise it has none. */
  readonly input?: string
}

/** A program that a test started. It never outlives the test process. */
export interface Child {
  readonly pid: number
  /** What it wrote to stdout and stderr so far, mixed in the order it came. */
  output(): string
  /** Its exit code once it has ended and its output is complete; undefined after a signal. */
  readonly ended: Promise<number | undefined>
  /** Waits until its output matches; rejects, with the output, when it ends first or after 20 seconds. */
  says(pattern: RegExp): Promise<void>
  kill(signal: NodeJS.Signals): void
  /** From here on it does not keep the test process alive: a test that failed before `stop()` ends all the same. */
  unref(): void
  /** Ends it, by `killSignal` unless told otherwise, and waits until it is gone. May be called again. */
  stop(signal?: NodeJS.Signals): Promise<void>
}

/** Starts a program found on the path or named by its path. */
export function startChild(command: string, args: readonly string[], options: ChildOptions = {}): Child {
  const killSignal = options.killSignal ?? 'SIGKILL'
  const [file = command, ...rest] = leashed(command, args, options.user, killSignal)
  const child = spawn(file, rest, {
    cwd: options.cwd ?? '/',
    env: { PATH: process.env['PATH'] ?? '', LC_ALL: 'C', TZ: 'UTC', ...options.env },
    stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  })
  child.stdin?.on('error', () => {})
  child.stdin?.end(options.input)
  let output = ''
  const streams = [child.stdout as net.Socket, child.stderr as net.Socket]
  const pipes = [child, ...streams]
  for (const stream of streams) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  let over = false
  const kill = (signal: NodeJS.Signals): void => {
    if (!over) child.kill(signal)
  }
  const killNow = (): void => kill(killSignal)
  const { pid = 0 } = child
  if (!armed) onExit(endAll)
  armed = true
  if (pid !== 0) running.set(pid, killNow)
  const ended = new Promise<number | undefined>((resolve) => {
    const end = (code: number | null): void => {
      over = true
      running.delete(pid)
      resolve(code ?? undefined)
    }
    child.once('close', end)
    child.once('error', (error) => {
      output += String(error)
      end(null)
    })
  })
  return {
    pid,
    output: () => output,
    ended,
    kill,
    async says(pattern) {
      await until(
        () => pattern.test(output) || over,
        () => `${command} to say ${pattern}\n${output}`,
      )
      if (!pattern.test(output)) throw new Error(`${command} ended without saying ${pattern}\n${output}`)
    },
    unref() {
      for (const pipe of pipes) pipe.unref()
    },
    async stop(signal = killSignal) {
      for (const pipe of pipes) pipe.ref()
      kill(signal)
      await ended
    },
  }
}

/** Runs a program to its end; gives its output, or rejects with it when the exit code is not 0. */
export async function run(command: string, args: readonly string[], options?: ChildOptions): Promise<string> {
  const child = startChild(command, args, options)
  const code = await child.ended
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} exited with ${code}\n${child.output()}`)
  return child.output()
}

/** The command line under setpriv, where there is one: the kernel ends the child together with the test process. */
function leashed(
  command: string,
  args: readonly string[],
  user: string | undefined,
  killSignal: NodeJS.Signals,
): readonly string[] {
  if (!existsSync(SETPRIV)) {
    if (user !== undefined) throw new Error(`${SETPRIV} is needed to run ${command} as ${user}`)
    return [command, ...args]
  }
  const identity = user === undefined ? [] : [`--reuid=${user}`, `--regid=${user}`, '--init-groups']
  return [SETPRIV, ...identity, `--pdeathsig=${killSignal.replace('SIG', '')}`, '--', command, ...args]
}

/** Ends all children and waits, without an event loop, until the last is gone and writes to no directory any more. */
function endAll(): void {
  for (const kill of running.values()) kill()
  const clock = new Int32Array(new SharedArrayBuffer(4))
  const deadline = Date.now() + EXIT_LIMIT_MS
  for (const pid of running.keys()) {
    while (isAlive(pid) && Date.now() < deadline) Atomics.wait(clock, 0, 0, 5)
  }
}

/** A child nobody has reaped yet (state Z) is as good as gone. */
function isAlive(pid: number): boolean {
  try {
    return !readFileSync(`/proc/${pid}/stat`, 'latin1').includes(') Z ')
  } catch {
    return false
  }
}
