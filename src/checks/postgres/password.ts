import { readFileSync, statSync } from 'node:fs'
import { printable } from '../../plan/secret.ts'
import { Failure } from '../failure.ts'
import { systemCode } from '../transport/system-failure.ts'
import { findPassword } from './pgpass.ts'
import type { PostgresHost, PostgresServerTarget } from './target.ts'

const LARGEST = 1024 * 1024

/**
 * Looks a password up in the password file (PostgreSQL, 34.16). Rejects with a `Failure` that tells why there is none: as
 * in libpq a file that group or world may access counts as none.
 */
export function lookUpPassword(
  host: PostgresHost,
  target: PostgresServerTarget,
): { password: string; passfile: string } {
  const { passfile, database, user } = target
  if (passfile === undefined) throw missing('give it in the target, in PGPASSWORD or in a password file')
  const shown = printable(passfile)
  const text = readPassfile(passfile, shown)
  const password = findPassword(text, { host: host.name, port: host.port, database, user })
  if (!password) throw missing(`${shown} has no line for this host, port, database and user`)
  return { password, passfile }
}

function readPassfile(path: string, shown: string): string {
  try {
    const stat = statSync(path)
    if (!stat.isFile() || stat.size > LARGEST) throw missing(`${shown} is not a password file`)
    if ((stat.mode & 0o077) !== 0) {
      throw missing(
        `${shown} is ignored because group or others may access it: its mode must be 0600 or less`,
      )
    }
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof Failure) throw error
    const code = systemCode(error)
    throw missing(
      code === 'ENOENT' || code === 'ENOTDIR'
        ? `give it in the target, in PGPASSWORD or in ${shown}`
        : `${shown} cannot be read${code === undefined ? '' : ` (${code})`}`,
    )
  }
}

function missing(hint: string): Failure {
  return new Failure({
    code: 'PASSWORD_MISSING',
    reason: 'server asks for a password, and none is given',
    hint,
    lasting: true,
  })
}
