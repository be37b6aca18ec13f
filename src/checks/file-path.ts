import { holdsPair } from '../plan/separators.ts'
import { UsageError } from '../plan/usage-error.ts'

/** Where a path that is none begins: a list goes on, or what stands behind the path is no path. */
const GOES_ON = /[,;|&\r\n]\s*(?:[\w.-]*\/|file:)|\s(?:\/|file:|@\/)/i

/** `user:password@` within a path, and what stands in a relative path only where it is none: `db:5432`, `-p`, `app/x@db`. */
const CREDENTIALS = /:[^/]*@/
const NO_RELATIVE = /^[^/]*:|^-|\s|[^/]@/

/**
 * Reads the path of a file, as it is written. Names may hold nearly anything; what looks like several paths, a URL or
 * values of a connection string is refused with `UsageError`, since a path is shown.
 */
export function filePath(written: string): string {
  if (written === '') throw new UsageError('must not be empty')
  if (written.includes('\0')) throw new UsageError('must not hold a NUL character')
  if (/:\/\//.test(written)) throw new UsageError('must be a path, not a URL')
  if (GOES_ON.test(written)) {
    throw new UsageError(
      'looks like several paths: repeat the flag; of one path, write file:/// and %2C for a comma, %20 for a blank',
    )
  }
  if (
    /^[A-Za-z_]\w*\s*=|\?[\w.-]+=|\p{Cc}/u.test(written) ||
    holdsPair(written) ||
    CREDENTIALS.test(written)
  ) {
    throw new UsageError('looks like values of a connection string, not like a path (of one, write file:///)')
  }
  if (/\$[({]/.test(written)) throw new UsageError('has a variable that nobody has replaced')
  if (!/^\.{0,2}\//.test(written) && NO_RELATIVE.test(written)) {
    throw new UsageError('must be a path: of one that is not whole, write ./ in front')
  }
  return written
}
