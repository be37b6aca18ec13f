import { accessSync, closeSync, constants, openSync, readSync, statSync } from 'node:fs'
import process from 'node:process'

/** Why a command could not be run, with the exit code that shells give for it: 127 not found, 126 not executable. */
export interface CannotRun {
  readonly exitCode: 126 | 127
  readonly reason: string
}

type Environment = Readonly<Record<string, string | undefined>>

/**
 * Replaces this process by a command (execve(2)): same pid, no parent left behind, environment and descriptors 0-2
 * unchanged. Returns only when that is not possible.
 */
export function become(command: readonly string[], env: Environment): CannotRun {
  const found = findCommand(command[0] ?? '', env['PATH'])
  if ('exitCode' in found) return found
  const unfit = whyNotExecutable(found.path)
  if (unfit !== undefined) return { exitCode: 126, reason: `cannot run ${found.path}: ${unfit}` }
  if (process.execve === undefined)
    return { exitCode: 126, reason: 'cannot become a command on this Node: 24 or newer is needed' }
  try {
    const variables = Object.entries(env).filter((pair): pair is [string, string] => pair[1] !== undefined)
    process.execve(found.path, [...command], Object.fromEntries(variables))
  } catch (error) {
    return {
      exitCode: 126,
      reason: `cannot run ${found.path}: ${(error as NodeJS.ErrnoException).code ?? 'unknown error'}`,
    }
  }
  return { exitCode: 126, reason: `cannot run ${found.path}` }
}

/** Finds a command as execvp(3) does: a name with a slash is a path, another is looked for in `PATH`. */
export function findCommand(
  name: string,
  searchPath = '/usr/local/bin:/usr/bin:/bin',
): { readonly path: string } | CannotRun {
  const candidates = name.includes('/')
    ? [name]
    : searchPath.split(':').map((folder) => `${folder || '.'}/${name}`)
  let unusable: CannotRun | undefined
  for (const path of name === '' ? [] : candidates) {
    const trouble = accessTrouble(path)
    if (trouble === undefined) return { path }
    if (trouble !== 'missing') unusable ??= { exitCode: 126, reason: `cannot run ${path}: ${trouble}` }
  }
  const where = name.includes('/') ? '' : ' in PATH'
  return unusable ?? { exitCode: 127, reason: `command not found${where}: ${JSON.stringify(name)}` }
}

function accessTrouble(path: string): string | undefined {
  try {
    if (statSync(path).isDirectory()) return 'it is a directory'
    accessSync(path, constants.X_OK)
    return undefined
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    return code === 'ENOENT' || code === 'ENOTDIR' ? 'missing' : 'permission denied'
  }
}

/**
 * Looks at the first bytes of a program. Node aborts when execve(2) refuses a file (`ENOEXEC`, `ENOENT` of an
 * interpreter), so what it would refuse is found out before.
 */
function whyNotExecutable(path: string): string | undefined {
  const head = firstBytes(path, 256)
  if (head === undefined) return undefined
  if (head.startsWith('#!')) {
    const interpreter = /^#![ \t]*([^\s]+)/.exec(head)?.[1]
    if (interpreter === undefined) return 'its first line names no interpreter'
    const trouble = accessTrouble(interpreter)
    return trouble === undefined ? undefined : `its interpreter ${interpreter} is ${trouble}`
  }
  return head.startsWith('\x7fELF')
    ? undefined
    : 'it is neither a program nor a script with #! in its first line'
}

/** The start of a file as Latin-1 text; nothing when it may be executed but not read. */
function firstBytes(path: string, count: number): string | undefined {
  let file: number | undefined
  try {
    file = openSync(path, 'r')
    const buffer = new Uint8Array(count)
    const length = readSync(file, buffer, 0, count, 0)
    return String.fromCharCode(...buffer.subarray(0, length))
  } catch {
    return undefined
  } finally {
    if (file !== undefined) closeSync(file)
  }
}
