import { accessSync, closeSync, constants, openSync, readSync, statSync } from 'node:fs'
import process from 'node:process'

/** Why a command could not be run, with the exit code that shells give for it: 127 not found, 126 not executable. */
export interface CannotRun {
  readonly exitCode: 126 | 127
  readonly reason: string
}

/** Node ignores these, which would outlast execve(2); a signal that has a handler gets its default effect back. */
const IGNORED_BY_NODE = ['SIGPIPE', 'SIGXFSZ'] as const

/** As deep as Linux goes from an interpreter to the interpreter of that. */
const DEEPEST = 5

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
    if (process.release.name === 'node') undoNode()
    const variables = Object.entries(env).filter((pair): pair is [string, string] => pair[1] !== undefined)
    process.execve(found.path, [...command], Object.fromEntries(variables))
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === undefined) throw error
    return { exitCode: 126, reason: `cannot run ${found.path}: ${code}` }
  }
  return { exitCode: 126, reason: `cannot run ${found.path}` }
}

/**
 * Undoes what Node does to a process and does not take back before execve: signals are ignored, and pipes are made
 * non-blocking for all who share them (it does so as soon as a socket is closed), so that a command that writes faster
 * than its reader reads would meet EAGAIN.
 */
function undoNode(): void {
  for (const signal of IGNORED_BY_NODE) process.on(signal, () => {})
  for (const name of ['stdin', 'stdout', 'stderr'] as const) {
    const { _handle: handle } = process[name] as {
      _handle?: { setBlocking?(blocking: boolean): void } | null
    }
    handle?.setBlocking?.(true)
  }
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
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG') return 'missing'
    return code === 'EACCES' ? 'permission denied' : (code ?? 'unknown error')
  }
}

/**
 * Looks at the first bytes of a program. Node aborts when execve(2) refuses a file (`ENOEXEC`, `ENOENT` of an
 * interpreter), so what it would refuse is found out before.
 */
function whyNotExecutable(path: string, depth = 1): string | undefined {
  const head = firstBytes(path, 256)
  if (head === undefined || head.startsWith('\x7fELF')) return undefined
  if (!head.startsWith('#!')) return 'it is neither a program nor a script with #! in its first line'
  // Only blanks and the line break end the path: a carriage return is a part of it.
  const interpreter = /^#![ \t]*([^ \t\n\0]+)/.exec(head)?.[1]
  if (interpreter === undefined) return 'its first line names no interpreter'
  if (interpreter.endsWith('\r')) return 'its lines end in CR LF, so there is no such interpreter'
  const trouble = accessTrouble(interpreter)
  if (trouble !== undefined) return `its interpreter ${interpreter}: ${trouble}`
  if (depth === DEEPEST) return 'its interpreters are scripts without end'
  const unfit = whyNotExecutable(interpreter, depth + 1)
  return unfit === undefined ? undefined : `its interpreter ${interpreter}: ${unfit}`
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
