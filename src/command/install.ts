import { chmodSync, copyFileSync, renameSync, statSync, unlinkSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import process from 'node:process'

/** What the program is called in a directory it is copied to. */
const NAME = 'readywhen'

/**
 * Copies this program to a path, or into a directory, for images that lack it. The copy appears whole or not at all
 * (written beside it, then renamed), with mode 0755 whatever the umask, in place of an older one, which may be running
 * or belong to another user. Gives nothing, or what went wrong and what to do about it.
 */
export function install(path: string, program: string | undefined = ownProgram()): string | undefined {
  if (program === undefined) return 'install copies the static binary; what runs here is the version for Node'
  const target = path.endsWith('/') || isDirectory(path) ? join(path, NAME) : path
  const directory = dirname(target)
  // In containers every pid is 1: it does not tell those apart that share a volume.
  const unfinished = join(directory, `.${basename(target)}.${Math.random().toString(36).slice(2)}`)
  try {
    copyFileSync(program, unfinished)
    chmodSync(unfinished, 0o755)
    renameSync(unfinished, target)
    return undefined
  } catch (error) {
    remove(unfinished)
    return `cannot install ${target}: ${explain((error as NodeJS.ErrnoException).code ?? String(error), directory)}`
  }
}

function ownProgram(): string | undefined {
  return process.release.name === 'node' ? undefined : process.execPath
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
}

function remove(path: string): void {
  try {
    unlinkSync(path)
  } catch {
    // It was never made.
  }
}

function explain(code: string, directory: string): string {
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return `there is no directory ${directory}; mount a volume there that both containers share (an emptyDir)`
    case 'EACCES':
    case 'EPERM':
      return `no permission to write to ${directory}; mount an emptyDir there, or set fsGroup on the pod`
    case 'EROFS':
      return `${directory} is read-only; mount an emptyDir there`
    case 'ENOSPC':
    case 'EDQUOT':
      return `no space left on ${directory}`
    case 'EEXIST':
    case 'EISDIR':
    case 'ENOTEMPTY':
    case 'ETXTBSY':
      return 'something else is there that cannot be replaced'
    default:
      return code
  }
}
