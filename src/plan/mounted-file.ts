import { readFileSync, type Stats, statSync } from 'node:fs'
import { UsageError } from './usage-error.ts'

const LARGEST = 1024 * 1024

const WORDS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EMPTY: 'empty file',
  EACCES: 'permission denied',
  EISDIR: 'a directory',
  NOT_A_FILE: 'not a regular file',
  EFBIG: 'larger than 1 MiB',
}

/** A file that a target names and that cannot be read: a mistake, or not there yet. */
export class FileProblem extends UsageError {
  readonly path: string
  readonly code: string

  constructor(path: string, code: string, origin = '') {
    super(`${origin}cannot read ${showPath(path)}: ${WORDS[code] ?? code}`)
    this.path = path
    this.code = code
  }

  /** Whoever writes the file may come later. Only a whole path is meant as one. */
  get isNotYet(): boolean {
    return (this.code === 'ENOENT' || this.code === 'EMPTY') && isPath(this.path)
  }

  /** The reason of a check that waits for it. */
  get reason(): string {
    return `@${showPath(this.path)}: ${WORDS[this.code] ?? this.code}`
  }

  override from(origin: string): FileProblem {
    return new FileProblem(this.path, this.code, `${origin} `)
  }
}

/**
 * Reads a file that somebody mounts or writes, whole, as UTF-8 text. Throws `FileProblem`. Only a regular file is opened:
 * a pipe could block for ever.
 */
export function readMounted(path: string): string {
  try {
    const stats = statSync(path)
    if (!stats.isFile()) throw new FileProblem(path, stats.isDirectory() ? 'EISDIR' : 'NOT_A_FILE')
    if (stats.size > LARGEST) throw new FileProblem(path, 'EFBIG')
    const content = readFileSync(path, 'utf8')
    if (content.trim() === '') throw new FileProblem(path, 'EMPTY')
    return content
  } catch (error) {
    throw error instanceof UsageError ? error : new FileProblem(path, systemCode(error))
  }
}

/** What tells one state of a file from another without reading it; of a file that is not there, nothing. */
export function versionOf(path: string): string {
  try {
    const { mtimeMs, size }: Stats = statSync(path)
    return `${mtimeMs} ${size}`
  } catch (error) {
    return systemCode(error)
  }
}

/** A path as an error may say it: a text in its place, such as a password that begins with an @, is not repeated. */
export function showPath(path: string): string {
  return isPath(path) && /^[\w./-]{1,200}$/.test(path) ? path : 'the file'
}

function isPath(path: string): boolean {
  return /^\.{0,2}\//.test(path)
}

function systemCode(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code ?? 'unknown error'
  return { ENOTDIR: 'ENOENT', EPERM: 'EACCES' }[code] ?? code
}
