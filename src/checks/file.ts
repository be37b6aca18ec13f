import { readFileSync, type Stats, statSync } from 'node:fs'
import { DURATION_PATTERN, parsePositiveDuration } from '../plan/duration.ts'
import { flagOption, option, repeatedOption, wholeNumber } from '../plan/option.ts'
import { printable } from '../plan/secret.ts'
import { UsageError } from '../plan/usage-error.ts'
import { examineCertificate } from './certificate.ts'
import { Failure } from './failure.ts'
import { filePath } from './file-path.ts'
import { defineKind, type Target } from './kind.ts'
import { type Pattern, patternOption } from './pattern.ts'
import { hostName } from './transport/host-name.ts'
import { systemCode, systemFailure } from './transport/system-failure.ts'

interface FileTarget extends Target {
  readonly path: string
  readonly contains: Pattern | undefined
  readonly minSize: number
  readonly certificate: CertificateOptions | undefined
}

interface CertificateOptions {
  readonly hosts: readonly string[]
  readonly keyPath: string | undefined
  readonly validForMs: number
}

const LARGEST_MIB = 16

const options = {
  contains: patternOption('what the file must contain'),
  'min-size': option({
    summary: 'bytes it must have at least',
    placeholder: 'bytes',
    schema: { type: 'integer', minimum: 1 },
    parse: (text) => wholeNumber(text, 1),
  }),
  certificate: flagOption('it holds a certificate that is valid now'),
  for: repeatedOption({ summary: 'the certificate is for this host', placeholder: 'host', parse: hostName }),
  'matches-key': option({
    summary: 'the certificate belongs to the private key in this file',
    placeholder: 'path',
    parse: filePath,
  }),
  'valid-for': option({
    summary: 'the certificate is valid for this much longer',
    placeholder: 'duration',
    schema: { type: 'string', pattern: DURATION_PATTERN },
    parse: parsePositiveDuration,
  }),
}

/** A path that exists. Directories, pipes and devices do too, but are never opened: that could wait for ever. */
export default defineKind<typeof options, FileTarget>({
  placeholder: 'path',
  summary: 'the path exists',
  examples: [
    '--file /run/app.ready',
    "--file '/var/log/app.log#contains=listening'",
    "--file '/tls/tls.crt#certificate&for=app.example&matches-key=/tls/tls.key&valid-for=24h'",
  ],
  options,
  next: /[,;|\r\n]\s*(?:\.{0,2}\/|file:)/i,
  parse(raw, values) {
    const keyPath = values['matches-key']
    const { for: hosts = [], 'valid-for': validForMs = 0 } = values
    const implied = hosts.length > 0 || keyPath !== undefined || validForMs > 0
    if (values.certificate === false && implied) {
      throw new UsageError('has certificate=false together with what is asked of a certificate')
    }
    return {
      shown: printable(raw),
      secrets: [],
      path: parsePath(raw),
      contains: values.contains,
      minSize: values['min-size'] ?? 0,
      certificate: values.certificate || implied ? { hosts, keyPath, validForMs } : undefined,
    }
  },
  async probe(target) {
    const { path, contains, minSize, certificate } = target
    const stats = examine(path)
    if (contains === undefined && minSize === 0 && certificate === undefined) return describe(stats)
    if (!stats.isFile()) throw notRegular(stats)
    if (stats.size < minSize) {
      const reason = stats.size === 0 ? 'empty file' : `${stats.size} bytes of ${minSize}`
      throw new Failure({ code: 'TOO_SMALL', reason })
    }
    if (contains === undefined && certificate === undefined) return { detail: `${stats.size} bytes` }
    const text = read(path, stats)
    if (text === '') throw new Failure({ code: 'TOO_SMALL', reason: 'empty file' })
    if (contains !== undefined && !contains.test(text)) {
      throw new Failure({ code: 'NOT_FOUND', reason: `does not contain ${printable(contains.shown, 80)}` })
    }
    if (certificate === undefined) return {}
    const { keyPath, ...demands } = certificate
    const keyPem = keyPath === undefined ? undefined : readKey(keyPath)
    return { detail: examineCertificate(text, { ...demands, keyPem }) }
  },
})

/** Takes a path, or a `file:` URL (RFC 8089) of this machine. */
function parsePath(raw: string): string {
  if (!/^file:/i.test(raw)) return filePath(raw)
  const path = /^file:\/\/(?:localhost)?(\/[^?\s]*)$/i.exec(raw)?.[1]
  if (path === undefined) throw new UsageError('must be a path, or file:/// and a whole path')
  filePath(path)
  return withoutNul(decode(path))
}

function decode(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    throw new UsageError('has percent escapes that are not UTF-8')
  }
}

function withoutNul(path: string): string {
  if (path.includes('\0')) throw new UsageError('must not hold a NUL character')
  return path
}

function examine(path: string): Stats {
  try {
    return statSync(path)
  } catch (error) {
    throw fileFailure(error, true)
  }
}

function read(path: string, stats: Stats): string {
  if (stats.size > LARGEST_MIB * 1024 * 1024) {
    throw new Failure({ code: 'EFBIG', reason: `larger than ${LARGEST_MIB} MiB: not read`, lasting: true })
  }
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw fileFailure(error, true)
  }
}

/** A missing key is not a missing target: `until=down` is not met by it. */
function readKey(path: string): string {
  try {
    const stats = statSync(path)
    if (!stats.isFile()) throw notRegular(stats)
    return read(path, stats)
  } catch (error) {
    const failure = error instanceof Failure ? error : fileFailure(error, false)
    throw new Failure({ ...failure, reason: `${printable(path)}: ${failure.reason}`, down: false })
  }
}

function describe(stats: Stats): { detail?: string } {
  if (stats.isFile()) return {}
  return { detail: stats.isDirectory() ? 'directory' : stats.isSocket() ? 'socket' : 'not a regular file' }
}

function notRegular(stats: Stats): Failure {
  const what = stats.isDirectory() ? 'a directory' : 'not a regular file'
  return new Failure({
    code: stats.isDirectory() ? 'EISDIR' : 'NOT_A_FILE',
    reason: `is ${what}`,
    lasting: true,
  })
}

function fileFailure(error: unknown, isTarget: boolean): Failure {
  const code = systemCode(error)
  if (code === undefined) throw error
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new Failure({ code, reason: 'no such file', down: isTarget })
  }
  if (code === 'EACCES' || code === 'EPERM') {
    return new Failure({ code, reason: 'permission denied', lasting: true })
  }
  if (code === 'ELOOP') return new Failure({ code, reason: 'a loop of symbolic links', lasting: true })
  if (code === 'ENAMETOOLONG') return new Failure({ code, reason: 'path is too long', lasting: true })
  return systemFailure(error) ?? new Failure({ code, reason: `cannot be read (${code})` })
}
