import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import process from 'node:process'

const root = join(import.meta.dirname, '../..')

/** The command under test: the sources on Node, or whatever READYWHEN_COMMAND names (a bundle, the binary). */
export const command: readonly string[] = (
  process.env['READYWHEN_COMMAND'] ?? `${process.execPath} src/main.ts`
)
  .split(' ')
  .map((part) => (part.includes('/') ? resolve(root, part) : part))

/** How one run ended. */
export interface Run {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
  /** From start to end, in milliseconds. */
  readonly ms: number
}

/** A run that goes on. */
export interface Running {
  readonly pid: number
  stderr(): string
  stdout(): string
  kill(signal: NodeJS.Signals): void
  readonly ended: Promise<Run>
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  /** In front of the command: `unshare -fp`, `setpriv …`. */
  readonly under?: readonly string[]
  /** In place of the command under test: where a root directory of its own has it. */
  readonly command?: readonly string[]
  /** When it is killed, in milliseconds (60 s). */
  readonly limitMs?: number
}

/** Starts readywhen with nothing of this process's environment but PATH. It does not outlive its limit. */
export function start(args: readonly string[], options: RunOptions = {}): Running {
  const [file = '', ...rest] = [...(options.under ?? []), ...(options.command ?? command), ...args]
  const started = performance.now()
  const child = spawn(file, rest, {
    cwd: options.cwd ?? '/',
    env: { PATH: process.env['PATH'] ?? '', ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: options.limitMs ?? 60_000,
    killSignal: 'SIGKILL',
  })
  const text = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (piece: string) => {
      text[name] += piece
    })
  }
  const ended = new Promise<Run>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => resolve({ code, signal, ...text, ms: performance.now() - started }))
  })
  return {
    pid: child.pid ?? 0,
    stdout: () => text.stdout,
    stderr: () => text.stderr,
    kill: (signal) => child.kill(signal),
    ended,
  }
}

/** Runs readywhen to its end. */
export function readywhen(args: readonly string[], options: RunOptions = {}): Promise<Run> {
  return start(args, options).ended
}

/** How long the command under test needs to do nothing, in milliseconds: what a bound of time is counted from. */
export const startupMs: number = (() => {
  const [file = '', ...rest] = [...command, '--version']
  const times = Array.from({ length: 3 }, () => {
    const before = performance.now()
    spawnSync(file, rest)
    return performance.now() - before
  })
  return Math.min(...times)
})()

/** A directory for the files of one test; it goes with the process. */
export function temporaryDirectory(): string {
  const path = mkdtempSync(join(tmpdir(), 'readywhen-'))
  process.on('exit', () => rmSync(path, { recursive: true, force: true }))
  return path
}

let files = 0
let directoryOfFiles: string | undefined

/** Writes a file that its owner alone can read, as passwords need it; gives its path. It goes with the process. */
export function temporaryFile(content: string): string {
  directoryOfFiles ??= temporaryDirectory()
  files += 1
  const path = join(directoryOfFiles, `${files}`)
  writeFileSync(path, content, { mode: 0o600 })
  return path
}
