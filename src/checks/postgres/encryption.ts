import type { OptionValues } from '../../plan/option.ts'
import { UsageError } from '../../plan/usage-error.ts'
import { type TlsSettings, type tlsOptions, tlsSettings } from '../transport/tls.ts'
import type { Parameters } from './parameters.ts'

/** Whether a connection is encrypted, as `sslmode` and `sslnegotiation` say. Unix sockets never are. */
export interface Encryption {
  /** `allow` tries without first, `prefer` with; `require` stands for the `verify-` modes too. */
  readonly mode: 'disable' | 'allow' | 'prefer' | 'require'
  /** The TLS handshake comes first, without asking the server whether it does TLS. */
  readonly direct: boolean
}

/**
 * Puts the `ssl*` parameters (PostgreSQL, 34.19.1) and the TLS options together; an option stands over its parameter.
 * As in libpq a root certificate that is there makes every mode verify the chain, and `sslrootcert=system` everything; other than in
 * libpq the `verify-` modes without a root certificate trust the authorities of the system, no files of a home directory
 * are looked at, and `ca=` without an sslmode means `verify-full`. Throws `UsageError` for what contradicts itself.
 */
export function encryption(
  parameters: Parameters,
  options: OptionValues<typeof tlsOptions>,
): { encryption: Encryption; tls: TlsSettings } {
  const { ca, cert, key, servername, insecure } = options
  const system = ca === undefined && parameters.sslrootcert === 'system'
  const mode = parameters.sslmode ?? (ca !== undefined || system ? 'verify-full' : 'prefer')
  if (ca !== undefined && mode === 'disable') throw new UsageError('has ca= with sslmode=disable')
  if (system && mode !== 'verify-full' && mode !== 'disable') {
    throw new UsageError(`has sslrootcert=system with sslmode=${mode}: must be verify-full`)
  }
  const direct = parameters.sslnegotiation === 'direct'
  if (direct && (mode === 'allow' || mode === 'prefer')) {
    throw new UsageError(`has sslnegotiation=direct with sslmode=${mode}: must be require or stricter`)
  }
  if (parameters.sslkey !== undefined && (cert ?? parameters.sslcert) === undefined) {
    throw new UsageError('has sslkey without sslcert')
  }
  const root = insecure || system ? undefined : (ca ?? parameters.sslrootcert)
  const certificate = cert ?? parameters.sslcert
  const privateKey = key ?? (cert === undefined ? parameters.sslkey : undefined)
  const settings = tlsSettings({
    ...(root !== undefined && { ca: root }),
    ...(certificate !== undefined && { cert: certificate }),
    ...(privateKey !== undefined && { key: privateKey }),
    ...(servername !== undefined && { servername }),
    ...(insecure !== undefined && { insecure }),
  })
  const strict = mode.startsWith('verify-')
  return {
    encryption: { mode: strict ? 'require' : (mode as Encryption['mode']), direct },
    tls: { ...settings, ...verification(mode, root, ca !== undefined, insecure) },
  }
}

/** How far the server is verified. A root certificate of `sslrootcert` may be missing where no verification is asked for. */
function verification(
  mode: string,
  root: string | undefined,
  byOption: boolean,
  insecure: boolean | undefined,
): Pick<TlsSettings, 'verify' | 'commonName'> {
  if (insecure) return { verify: 'none' }
  if (mode === 'verify-full') return { verify: 'full', commonName: true }
  if (mode === 'verify-ca') return { verify: 'ca' }
  if (root === undefined) return { verify: 'none' }
  return { verify: byOption ? 'ca' : 'ca if there' }
}
