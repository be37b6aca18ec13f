import { execFile } from 'node:child_process'
import { performance } from 'node:perf_hooks'
import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'

/** How a program ended, and what it said. */
export interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
  readonly tookMs: number
}

export interface CommandOptions {
  readonly env?: Readonly<Record<string, string>>
  /** Written to its stdin. */
  readonly input?: string
  readonly timeoutMs?: number
}

/** Runs a program to its end, whatever that is; 127 when there is none of that name, 124 when it takes too long. */
export function attempt(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<Ended> {
  const started = performance.now()
  return new Promise((resolve) => {
    const child = execFile(
      command,
      [...args],
      {
        env: { ...process.env, ...options.env },
        timeout: options.timeoutMs ?? 60_000,
        maxBuffer: 64 * 1024 * 1024,
      },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : codeOf(error)
        resolve({ code, stdout, stderr, tookMs: performance.now() - started })
      },
    )
    child.stdin?.on('error', () => {})
    child.stdin?.end(options.input ?? '')
  })
}

function codeOf(error: Error & { code?: unknown; killed?: boolean | undefined }): number {
  if (error.killed) return 124
  return typeof error.code === 'number' ? error.code : 127
}

/** Runs a program and gives its stdout; rejects with what it said when it fails. */
export async function run(
  command: string,
  args: readonly string[],
  options?: CommandOptions,
): Promise<string> {
  const { code, stdout, stderr } = await attempt(command, args, options)
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}\n${stdout}${stderr}`)
  return stdout
}

/** Asks again and again until `check` passes; gives its answer, or rejects after `limitMs` with the last complaint. */
export async function eventually<T>(what: string, check: () => Promise<T>, limitMs = 90_000): Promise<T> {
  const deadline = performance.now() + limitMs
  for (;;) {
    try {
      return await check()
    } catch (error) {
      if (performance.now() > deadline) {
        const last = error instanceof Error ? error.message : String(error)
        throw new Error(`waited ${limitMs / 1000} s until ${what}: ${last}`)
      }
    }
    await sleep(300)
  }
}
