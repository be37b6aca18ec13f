import { spawn } from 'node:child_process'
import { join } from 'node:path'
import process from 'node:process'
import { compileC } from './compile.ts'

/** What one run took. Without a C compiler there is only the wall time, measured from this process. */
export interface Reading {
  readonly wallMs: number
  readonly cpuMs: number | undefined
  /** Peak of the resident set, in KiB. */
  readonly peakKib: number | undefined
  /** 128 + n after a signal; undefined when it did not end in time. */
  readonly exitCode: number | undefined
  /** What a program that does nothing took right before, if one was named. */
  readonly nothingMs: number | undefined
}

export interface Surroundings {
  /** A program that does nothing, to be run before: the basis of comparison at this moment. */
  readonly nothing?: string | undefined
  /** `cgroup.procs` files that the command enters first. */
  readonly groups?: readonly string[]
}

export interface Meter {
  /** Why there is neither CPU time nor memory in its readings. */
  readonly lacks: string | undefined
  /** Runs one command. */
  run(command: readonly string[], limitMs: number, surroundings?: Surroundings): Promise<Reading>
}

/** Makes the meter: a small C program that starts a command and asks the kernel what it took. */
export function makeMeter(workshop: string): Meter {
  const program = join(workshop, 'meter')
  const lacks = compileC('meter.c', program)
  return {
    lacks,
    async run(command, limitMs, { nothing, groups = [] } = {}) {
      const before = nothing === undefined ? [] : ['-n', nothing]
      const entering = groups.flatMap((file) => ['-g', file])
      const line = lacks === undefined ? [program, ...before, ...entering, ...command] : command
      const started = performance.now()
      const { exitCode, stdout } = await finish(line, limitMs)
      const wallMs = performance.now() - started
      const unknown = { cpuMs: undefined, peakKib: undefined, nothingMs: undefined }
      if (lacks !== undefined) return { wallMs, ...unknown, exitCode }
      const [wall, user, system, peakKib, code, basis] = stdout.trim().split(' ').map(Number)
      if (code === undefined) return { wallMs, ...unknown, exitCode: undefined }
      return {
        wallMs: (wall ?? 0) / 1000,
        cpuMs: ((user ?? 0) + (system ?? 0)) / 1000,
        peakKib,
        exitCode: code,
        nothingMs: nothing === undefined ? undefined : (basis ?? 0) / 1000,
      }
    },
  }
}

function finish(
  line: readonly string[],
  limitMs: number,
): Promise<{ exitCode: number | undefined; stdout: string }> {
  const [file = '', ...args] = line
  const child = spawn(file, args, {
    cwd: '/',
    env: { PATH: process.env['PATH'] ?? '', HOME: '/' },
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: limitMs,
    killSignal: 'SIGKILL',
  })
  let stdout = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve({ exitCode: code ?? undefined, stdout }))
  })
}
