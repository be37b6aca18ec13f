import type { HostError } from './host.ts'

/** An error as Node throws it for something the system refused. */
export interface SystemError extends Error {
  code: string
  syscall: string
  errno?: number
  path?: string
  dest?: string
  address?: string
  port?: number
}

/** Where an operation went: what Node adds to the message and to the properties of an error. */
interface Place {
  readonly address?: string
  readonly port?: number
}

/** An error of a socket, worded as Node does: `connect ECONNREFUSED 127.0.0.1:80`. */
export function socketError(cause: HostError, syscall: string, place: Place = {}): SystemError {
  // not the system's: a mistake in how the host was called
  if (cause.code === undefined) throw cause
  const where = place.address === undefined ? '' : ` ${place.address}`
  const port = place.port === undefined ? '' : `:${place.port}`
  const error: SystemError = Object.assign(new Error(`${syscall} ${cause.code}${where}${port}`), {
    code: cause.code,
    syscall,
    ...place,
  })
  if (cause.errno !== undefined) error.errno = cause.errno
  return error
}

/** An error of a file operation, worded as Node does: `ENOENT: no such file or directory, open '/x'`. */
export function fileError(cause: unknown, syscall: string, path?: string, dest?: string): SystemError {
  const { code, errno, message } = cause as HostError
  if (code === undefined) throw cause
  const words = message.replace(/ \(os error \d+\)$/, '').toLowerCase()
  const where = path === undefined ? '' : ` '${path}'${dest === undefined ? '' : ` -> '${dest}'`}`
  const error: SystemError = Object.assign(new Error(`${code}: ${words}, ${syscall}${where}`), {
    code,
    syscall,
  })
  if (errno !== undefined) error.errno = errno
  if (path !== undefined) error.path = path
  if (dest !== undefined) error.dest = dest
  return error
}

/** Gives an error the `code` by which Node's callers know it. */
export function withCode<E extends Error>(error: E, code: string): E & { code: string } {
  return Object.assign(error, { code })
}
