import type { OptionValues } from '../../plan/option.ts'
import { UsageError } from '../../plan/usage-error.ts'
import { type TlsSettings, type TlsVersion, type tlsOptions, tlsSettings } from '../transport/tls.ts'
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
  const withheld = parameters.sslcertmode === 'disable'
  if (withheld && cert !== undefined) throw new UsageError('has cert= with sslcertmode=disable')
  const certificate = withheld ? undefined : (cert ?? parameters.sslcert)
  const privateKey = key ?? (cert === undefined && !withheld ? parameters.sslkey : undefined)
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
    tls: {
      ...settings,
      ...versions(parameters),
      ...(parameters.sslsni === '0' && { sni: false }),
      ...verification(mode, root, ca !== undefined, insecure),
    },
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

const VERSIONS = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const
type AnyVersion = (typeof VERSIONS)[number]

/** The bounds of the TLS version, as far as they leave less than what there is: 1.2 and 1.3. */
function versions(parameters: Parameters): Pick<TlsSettings, 'minVersion' | 'maxVersion'> {
  const min = version('ssl_min_protocol_version', parameters)
  const max = version('ssl_max_protocol_version', parameters)
  if (max !== undefined && VERSIONS.indexOf(max) < VERSIONS.indexOf(min ?? 'TLSv1')) {
    throw new UsageError('has an ssl_max_protocol_version below ssl_min_protocol_version')
  }
  if (max === 'TLSv1' || max === 'TLSv1.1') {
    throw new UsageError(`has ssl_max_protocol_version=${max}, which is not supported: TLS 1.2 and 1.3 are`)
  }
  return {
    ...(min === 'TLSv1.3' && { minVersion: min satisfies TlsVersion }),
    ...(max === 'TLSv1.2' && { maxVersion: max satisfies TlsVersion }),
  }
}

function version(
  name: 'ssl_min_protocol_version' | 'ssl_max_protocol_version',
  parameters: Parameters,
): AnyVersion | undefined {
  const value = parameters[name]
  if (value === undefined) return undefined
  const found = VERSIONS.find((each) => each.toLowerCase() === value.toLowerCase())
  if (found === undefined) throw new UsageError(`has an unknown ${name}: must be of ${VERSIONS.join(', ')}`)
  return found
}
