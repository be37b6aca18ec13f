import { isIP } from 'node:net'
import { Failure } from '../failure.ts'
import type { Attempt } from '../kind.ts'

/** The addresses of a host, in the order in which to try them; rejects with `Failure`. */
export async function lookupAddresses(host: string, _attempt: Attempt): Promise<readonly string[]> {
  if (isIP(host) !== 0) return [host]
  if (host.toLowerCase() === 'localhost') return ['::1', '127.0.0.1']
  throw new Failure({ code: 'DNS_NXDOMAIN', reason: `no such name "${host}"`, down: true })
}
