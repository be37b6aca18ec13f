import { UsageError } from '../../plan/usage-error.ts'
import type { ParseContext } from '../kind.ts'
import { type ParameterName, type Parameters, variables } from './parameters.ts'
import type { PostgresHost } from './target.ts'

interface Unsupported {
  readonly because: string
  /** Whether the value asks for nothing that readywhen cannot do; no value does where this is absent. */
  readonly takes?: (value: string, parameters: Parameters, hosts: readonly PostgresHost[]) => boolean
}

const withoutTls = (_: string, { sslmode }: Parameters): boolean => sslmode === 'disable'

/**
 * Parameters that would have the client refuse a server, ask it for something else, or log in in another way, and that
 * readywhen cannot do: to pass over them would be to call a server ready that psql turns down.
 */
const unsupported: Readonly<Partial<Record<ParameterName, Unsupported>>> = {
  gssencmode: { because: 'readywhen does no GSSAPI', takes: (value) => value !== 'require' },
  min_protocol_version: { because: 'readywhen speaks version 3.0', takes: (value) => value === '3.0' },
  replication: {
    because: 'readywhen opens no replication connection',
    takes: (value) => /^(?:0|off?|no?|f(?:a(?:l(?:se?)?)?)?)$/i.test(value),
  },
  requirepeer: {
    because: 'readywhen cannot tell whose the process behind a Unix socket is',
    // As in libpq it says nothing of other connections.
    takes: (_, __, hosts) => hosts.every(({ endpoint }) => !('path' in endpoint)),
  },
  scram_client_key: { because: 'readywhen logs in with a password' },
  scram_server_key: { because: 'readywhen logs in with a password' },
  sslcertmode: {
    because: 'readywhen cannot tell whether the server asked for a certificate',
    takes: (value) => value !== 'require',
  },
  sslcrl: { because: 'readywhen looks at no revocation list', takes: withoutTls },
  sslcrldir: { because: 'readywhen looks at no revocation list', takes: withoutTls },
}
const refusable = Object.keys(unsupported) as ParameterName[]

/** Throws `UsageError` for what a target, its service or a variable demands and readywhen cannot do. */
export function refuseUnsupported(
  parameters: Parameters,
  given: Parameters,
  hosts: readonly PostgresHost[],
  { env }: ParseContext,
): void {
  for (const name of refusable) {
    const value = parameters[name]
    const refused = unsupported[name]
    if (value === undefined || refused === undefined || refused.takes?.(value, parameters, hosts)) continue
    const { because, takes } = refused
    const variable = variables.find((each) => each.name === name)?.variable
    const fromVariable = given[name] === undefined && variable !== undefined && env[variable] === value
    // A word of the manual's can be repeated; a path or a key is not.
    const word = /^[a-z0-9.]{1,10}$/.test(value) && takes !== undefined ? `=${value}` : ''
    throw new UsageError(`has ${fromVariable ? variable : name}${word}, which is not supported: ${because}`)
  }
}
