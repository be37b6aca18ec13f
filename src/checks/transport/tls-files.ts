import { readFileSync, statSync } from 'node:fs'
import process from 'node:process'
import { printable } from '../../plan/secret.ts'
import { Failure } from '../failure.ts'
import { systemCode } from './system-failure.ts'

const SYSTEM_ROOTS = '/etc/ssl/certs/ca-certificates.crt'
const LARGEST = 16 * 1024 * 1024

let roots:
  | { readonly path: string; readonly mtimeMs: number; readonly size: number; readonly pem: string }
  | undefined

/**
 * Reads a PEM file that an option names; `mark` is what must stand in it (`CERTIFICATE`). A file that is missing or
 * still empty may be provisioned late, so that failure is not lasting.
 */
export function readPem(option: string, path: string, mark: 'CERTIFICATE' | 'PRIVATE KEY'): string {
  const shown = `${option}=${printable(path)}`
  const pem = readSmallFile(shown, path)
  if (pem.trim() === '') throw new Failure({ code: 'EMPTY', reason: `${shown}: empty file` })
  if (!new RegExp(`-----BEGIN [A-Z0-9 ]*${mark}-----`).test(pem)) {
    const thing = mark === 'CERTIFICATE' ? 'certificate' : 'private key'
    throw new Failure({ code: 'NO_PEM', reason: `${shown}: holds no ${thing} in PEM form`, lasting: true })
  }
  return pem
}

/** Whether a file can be looked at, as libpq asks before it reads one that it can do without. */
export function isThere(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined
  } catch {
    return false
  }
}

/**
 * The authorities trusted where `ca=` says nothing: those of `SSL_CERT_FILE`, else those of the system; nothing where
 * there are none (the runtime then uses its own). Read again only when the file has changed: it is large.
 */
export function systemRoots(): string | undefined {
  const chosen = process.env.SSL_CERT_FILE
  // The static binary's own default is the same file, parsed once for all attempts.
  if (!chosen && process.release.name !== 'node') return undefined
  const path = chosen || SYSTEM_ROOTS
  const stat = statSync(path, { throwIfNoEntry: false })
  if (stat === undefined && !chosen) return undefined
  if (
    stat !== undefined &&
    roots?.path === path &&
    roots.mtimeMs === stat.mtimeMs &&
    roots.size === stat.size
  )
    return roots.pem
  const pem = readPem('SSL_CERT_FILE', path, 'CERTIFICATE')
  if (stat !== undefined) roots = { path, mtimeMs: stat.mtimeMs, size: stat.size, pem }
  return pem
}

function readSmallFile(shown: string, path: string): string {
  try {
    const stat = statSync(path)
    // Opening a pipe could wait for ever.
    if (!stat.isFile())
      throw new Failure({ code: 'NOT_A_FILE', reason: `${shown}: not a regular file`, lasting: true })
    if (stat.size > LARGEST)
      throw new Failure({ code: 'EFBIG', reason: `${shown}: larger than 16 MiB`, lasting: true })
    return readFileSync(path, 'latin1')
  } catch (error) {
    if (error instanceof Failure) throw error
    const code = systemCode(error) ?? 'FILE_FAILED'
    const missing = code === 'ENOENT' || code === 'ENOTDIR'
    const denied = code === 'EACCES' || code === 'EPERM'
    const words = missing ? 'no such file' : denied ? 'permission denied' : `cannot be read (${code})`
    throw new Failure({ code, reason: `${shown}: ${words}`, lasting: denied })
  }
}
