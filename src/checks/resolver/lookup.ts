import { isIP, isIPv6 } from 'node:net'
import { printable } from '../../plan/secret.ts'
import { Failure } from '../failure.ts'
import type { Attempt } from '../kind.ts'
import { checkDnsName, DnsFormatError } from './domain-name.ts'
import { findInHosts } from './hosts-file.ts'
import type { DnsRecord, RecordType } from './record.ts'
import { withResolution } from './resolution.ts'
import type { ResolverConfig, ServerAddress } from './resolv-conf.ts'
import { searchRecords } from './search.ts'
import { readHosts, readResolverConfig } from './sources.ts'

/**
 * The addresses of a host, in the order in which to try them: of the hosts file or else of DNS, as a pod would resolve it.
 * An IP address is given back as it is; `localhost` is this machine even where nothing says so (RFC 6761, 6.3).
 * Rejects with `Failure`: `DNS_NXDOMAIN` (the only one that is `down`), `DNS_NODATA`, `DNS_SERVFAIL`, `DNS_REFUSED`,
 * `DNS_TIMEOUT`, `DNS_ECONNREFUSED` and other troubles with a server.
 */
export async function lookupAddresses(host: string, attempt: Attempt): Promise<readonly string[]> {
  if (isIP(host) !== 0) return [host]
  requireName(host)
  const known = findInHosts(readHosts(), host.replace(/\.$/, ''))
  if (known.length > 0) return alternate(known)
  if (/^localhost\.?$/i.test(host)) return ['::1', '127.0.0.1']
  const records = await lookup(readResolverConfig(), host, ['A', 'AAAA'], attempt)
  return alternate(records.flatMap((record) => ('address' in record ? [record.address] : [])))
}

/**
 * The records of a name in DNS, through the search list. With `servers`, those are asked in place of the configured
 * ones, for the name as it is. Rejects with `Failure` as `lookupAddresses` does.
 */
export async function lookupRecords(
  name: string,
  types: readonly RecordType[],
  attempt: Attempt,
  servers?: readonly ServerAddress[],
): Promise<readonly DnsRecord[]> {
  requireName(name)
  const config = readResolverConfig()
  if (servers === undefined) return lookup(config, name, types, attempt)
  return lookup({ ...config, servers, search: [] }, name, types, attempt)
}

async function lookup(
  config: ResolverConfig,
  name: string,
  types: readonly RecordType[],
  attempt: Attempt,
): Promise<readonly DnsRecord[]> {
  try {
    return await withResolution(config, attempt, (resolution) => searchRecords(name, types, resolution))
  } catch (error) {
    // of a name that was made from this one
    if (error instanceof DnsFormatError) throw noName(name, error)
    if (!(error instanceof Failure) || config.configured || !/^DNS_(E|TIMEOUT)/.test(error.code)) throw error
    const hint = 'no DNS server is configured: /etc/resolv.conf is missing or names none'
    throw new Failure({ ...error, reason: error.reason, hint })
  }
}

function requireName(name: string): void {
  try {
    checkDnsName(name)
  } catch (error) {
    if (!(error instanceof DnsFormatError)) throw error
    throw noName(name, error)
  }
}

function noName(name: string, { message }: DnsFormatError): Failure {
  const reason = `"${printable(name)}" is no host name: ${message}`
  return new Failure({ code: 'DNS_NAME', reason, lasting: true })
}

/** RFC 8305, 4: the families by turns, IPv6 first, so that one that does not work costs little. */
function alternate(addresses: readonly string[]): readonly string[] {
  const v6 = addresses.filter((address) => isIPv6(address))
  const v4 = addresses.filter((address) => !isIPv6(address))
  const longer = Math.max(v6.length, v4.length)
  return Array.from({ length: longer }, (_, i) => [v6[i], v4[i]])
    .flat()
    .filter((address) => address !== undefined)
}
