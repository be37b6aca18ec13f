/** `node:fs`, the synchronous functions in use. */
import { host } from './host.ts'
import { decodeLatin1 } from './latin1.ts'
import { fileError, withCode } from './system-error.ts'

type Encoding = BufferEncoding | { readonly encoding?: BufferEncoding | null } | null | undefined

export const constants = { F_OK: 0, R_OK: 4, W_OK: 2, X_OK: 1 }

/** Does something to a file; errors come out in Node's words. */
function call<T>(syscall: string, work: () => T, path?: string, dest?: string): T {
  try {
    return work()
  } catch (error) {
    throw fileError(error, syscall, path, dest)
  }
}

/** Reads a whole file: a Buffer, or text where an encoding is given. */
export function readFileSync(path: string, options?: Encoding): string | Buffer {
  const data = call('open', () => host.readFile(path), path)
  const encoding = typeof options === 'string' ? options : options?.encoding
  if (encoding === 'utf8' || encoding === 'utf-8') return host.utf8Decode(new Uint8Array(data))
  if (encoding === 'latin1') return decodeLatin1(new Uint8Array(data))
  const buffer = Buffer.from(data)
  return encoding === undefined || encoding === null ? buffer : buffer.toString(encoding)
}

type WriteFlag = 'w' | 'a' | 'r+'

/** Writes a file; `flag` and `mode` as Node has them. */
export function writeFileSync(
  path: string,
  data: string | Uint8Array,
  options?: BufferEncoding | { readonly flag?: WriteFlag; readonly mode?: number },
): void {
  const { flag = 'w', mode = 0o666 } = typeof options === 'object' ? options : {}
  const bytes = typeof data === 'string' ? new Uint8Array(host.utf8Encode(data)) : data
  call('open', () => host.writeFile(path, bytes, flag, mode), path)
}

/** Of `st_mode` (inode(7)): the bits of the type, and a socket. */
const FILE_TYPE = 0o170000
const SOCKET = 0o140000

/** What `statSync` gives. */
export class Stats {
  readonly mode: number
  /** Bytes. */
  readonly size: number
  /** Milliseconds since 1970. */
  readonly mtimeMs: number
  readonly #kind: 'file' | 'directory' | 'other'

  constructor(status: { mode: number; size: number; mtime: number; kind: 'file' | 'directory' | 'other' }) {
    this.mode = status.mode
    this.size = status.size
    this.mtimeMs = status.mtime
    this.#kind = status.kind
  }

  isFile(): boolean {
    return this.#kind === 'file'
  }

  isDirectory(): boolean {
    return this.#kind === 'directory'
  }

  isSocket(): boolean {
    return (this.mode & FILE_TYPE) === SOCKET
  }
}

/** Follows links. With `throwIfNoEntry: false` nothing is given where there is nothing. */
export function statSync(path: string, options?: { readonly throwIfNoEntry?: boolean }): Stats | undefined {
  try {
    return new Stats(host.stat(path))
  } catch (error) {
    const { code } = error as { code?: string }
    if (options?.throwIfNoEntry === false && (code === 'ENOENT' || code === 'ENOTDIR')) return undefined
    throw fileError(error, 'stat', path)
  }
}

export function existsSync(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined
}

export function realpathSync(path: string): string {
  return call('lstat', () => host.realpath(path), path)
}

export function accessSync(path: string, mode = constants.F_OK): void {
  call('access', () => host.access(path, mode), path)
}

export function copyFileSync(from: string, to: string): void {
  call('copyfile', () => host.copyFile(from, to, host.stat(from).mode & 0o777), from, to)
}

export function chmodSync(path: string, mode: number): void {
  call('chmod', () => host.chmod(path, mode), path)
}

export function renameSync(from: string, to: string): void {
  call('rename', () => host.rename(from, to), from, to)
}

export function unlinkSync(path: string): void {
  call('unlink', () => host.unlink(path), path)
}

/** Writes bytes to a descriptor; gives how many were taken at once. A full pipe is EAGAIN, blocking or not. */
export function writeSync(fd: number, data: Uint8Array, offset = 0, length = data.length - offset): number {
  return call('write', () => host.writeSome(fd, data.subarray(offset, offset + length)))
}

/** Files that were opened to look at their beginning. Nothing is held open: they are read from by their paths. */
const opened = new Map<number, string>()
let lastFile = 1000

/** Only for reading. */
export function openSync(path: string, _flag = 'r'): number {
  call('open', () => host.access(path, constants.R_OK), path)
  lastFile += 1
  opened.set(lastFile, path)
  return lastFile
}

/** Reads from the start of a file (`position` 0) into `buffer`. */
export function readSync(fd: number, buffer: Uint8Array, offset = 0, length = buffer.length): number {
  const path = opened.get(fd)
  if (path === undefined) throw withCode(new Error('EBADF: bad file descriptor, read'), 'EBADF')
  const data = new Uint8Array(call('read', () => host.readStart(path, length)))
  buffer.set(data, offset)
  return data.length
}

export function closeSync(fd: number): void {
  opened.delete(fd)
}

export default { existsSync, realpathSync }
