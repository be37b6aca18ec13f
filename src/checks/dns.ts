import { isIP, isIPv6 } from 'node:net'
import { nonEmpty, option, repeatedOption, wholeNumber } from '../plan/option.ts'
import { printable, quoteForeign } from '../plan/secret.ts'
import { UsageError } from '../plan/usage-error.ts'
import { Failure } from './failure.ts'
import { type Attempt, defineKind, type Target } from './kind.ts'
import { canonicalAddress, reverseName } from './resolver/address.ts'
import { checkDnsName, DnsFormatError } from './resolver/domain-name.ts'
import { lookupAddresses, lookupRecords } from './resolver/lookup.ts'
import { formatRecord, RECORD_TYPES, type RecordData, type RecordType } from './resolver/record.ts'
import type { ServerAddress } from './resolver/resolv-conf.ts'
import { parseHostPort } from './transport/endpoint.ts'
import { hostName } from './transport/host-name.ts'

interface DnsTarget extends Target {
  readonly name: string
  readonly type: RecordType | undefined
  readonly server: ServerAddress | undefined
  readonly min: number
  readonly expect: readonly string[]
}

const TYPE_NAMES = Object.keys(RECORD_TYPES) as RecordType[]

const options = {
  type: option({
    summary: 'record type (A or AAAA by default, through the hosts file and the search list)',
    placeholder: 'type',
    schema: { enum: TYPE_NAMES },
    parse: parseType,
  }),
  server: option({
    summary: 'DNS server to ask in place of the configured ones, for the name as it is',
    placeholder: 'host[:port]',
    parse: (text) => (isIP(text) === 0 ? parseHostPort(text, 53) : { host: text, port: 53 }),
  }),
  min: option({
    summary: 'at least so many records',
    placeholder: 'count',
    schema: { type: ['integer', 'string'], minimum: 1 },
    parse: (text) => wholeNumber(text, 1),
  }),
  expect: repeatedOption({
    summary: 'a record that must be among them (of SRV: host, host:port or all of it)',
    placeholder: 'record',
    parse: nonEmpty,
  }),
}

export default defineKind<typeof options, DnsTarget>({
  placeholder: 'name',
  summary: 'the name resolves as a pod would resolve it',
  examples: [
    '--dns kafka.prod.svc',
    "--dns '_pg._tcp.db#type=SRV&min=3'",
    "--dns 'example.com#type=MX&server=10.0.0.10'",
  ],
  options,
  next: /[,;|\r\n]\s*[a-z0-9_]/i,
  parse(raw, { type, server, min = 1, expect = [] }) {
    return { shown: printable(raw), secrets: [], name: parseName(raw, type), type, server, min, expect }
  },
  async probe(target, attempt) {
    // That a resolver is silent does not mean that the name is gone.
    attempt.heard()
    const records = await findRecords(target, attempt)
    const found = shortList(records.map((record) => quoteForeign(formatRecord(record), [], 60)))
    if (records.length < target.min) {
      const reason = `${records.length} of at least ${target.min} records: ${found}`
      throw new Failure({ code: 'DNS_TOO_FEW', reason })
    }
    const missing = target.expect.find((expected) => !records.some((record) => isMeant(record, expected)))
    if (missing !== undefined) {
      throw new Failure({ code: 'DNS_UNEXPECTED', reason: `no ${printable(missing)} among ${found}` })
    }
    return { detail: found }
  },
})

function parseType(text: string): RecordType {
  const type = TYPE_NAMES.find((name) => name === text.toUpperCase())
  if (type === undefined) throw new UsageError(`must be one of ${TYPE_NAMES.join(', ')}`)
  return type
}

function parseName(raw: string, type: RecordType | undefined): string {
  if (isIP(raw) !== 0) {
    const reverse = type === 'PTR' ? reverseName(raw) : undefined
    if (reverse === undefined) throw new UsageError('is an address, not a name (type=PTR finds its name)')
    return `${reverse}.`
  }
  const isForAddresses = type === undefined || type === 'A' || type === 'AAAA'
  if (isForAddresses && /^\.+$/.test(raw)) throw new UsageError('is an empty name: nothing but a dot')
  try {
    checkDnsName(raw)
  } catch (error) {
    if (error instanceof DnsFormatError) throw new UsageError(`is not a DNS name: it has ${error.message}`)
    throw error
  }
  // An escaped character (RFC 1035, 5.1) is part of a name, whatever it is; the root has records of its own.
  if (raw !== '.') hostName(raw.replace(/\\\d{3}|\\./gs, 'x'))
  return raw
}

async function findRecords(target: DnsTarget, attempt: Attempt): Promise<readonly RecordData[]> {
  const { name, type, server } = target
  if (type === undefined && server === undefined) {
    const addresses = await lookupAddresses(name, attempt)
    return addresses.map((address) => ({ type: isIPv6(address) ? 'AAAA' : 'A', address }))
  }
  const servers = server && (await findServers(server, attempt))
  return lookupRecords(name, type === undefined ? ['A', 'AAAA'] : [type], attempt, servers)
}

/** The addresses of a server given by name; that it cannot be found is not the absence of what it was to be asked. */
async function findServers({ host, port }: ServerAddress, attempt: Attempt): Promise<ServerAddress[]> {
  try {
    return (await lookupAddresses(host, attempt)).map((address) => ({ host: address, port }))
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    throw new Failure({ ...error, reason: `server=: ${error.reason}`, down: false })
  }
}

/** Whether a record is the one a user means, who need not write priorities, final dots or lower case. */
function isMeant(record: RecordData, expected: string): boolean {
  if (record.type === 'TXT') return record.text === expected
  if (record.type === 'A' || record.type === 'AAAA') return record.address === canonicalAddress(expected)
  const name = expected.toLowerCase().replace(/\.$/, '')
  if (name === formatRecord(record)) return true
  switch (record.type) {
    case 'SRV':
      return name === record.target || name === `${record.target}:${record.port}`
    case 'MX':
      return name === record.exchange
    default:
      return false
  }
}

function shortList(words: readonly string[]): string {
  return words.length > 4 ? `${words.slice(0, 3).join(', ')} and ${words.length - 3} more` : words.join(', ')
}
