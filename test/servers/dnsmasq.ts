import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from './ports.ts'
import { startChild } from './processes.ts'
import { makeTempDir, removeTempDir } from './temp.ts'
import { until } from './until.ts'

/** One record of the zone; `name` is written without the last dot. */
export type DnsRecord =
  | {
      readonly type: 'A' | 'AAAA' | 'CNAME' | 'TXT' | 'NS' | 'PTR'
      readonly name: string
      readonly value: string
    }
  | { readonly type: 'MX'; readonly name: string; readonly value: string; readonly priority?: number }
  | {
      readonly type: 'SRV'
      readonly name: string
      readonly value: string
      readonly port: number
      readonly priority?: number
      readonly weight?: number
    }

export interface DnsmasqOptions {
  /** Everything else under any name is answered with NXDOMAIN (or no data, where the name has other records). */
  readonly records?: readonly DnsRecord[]
  /** More lines of dnsmasq.conf. */
  readonly config?: readonly string[]
}

export interface DnsmasqServer {
  readonly host: '127.0.0.1'
  /** For UDP and TCP. */
  readonly port: number
  log(): string
  /** Adds an address (and its PTR) while it runs. */
  addAddress(name: string, address: string): Promise<void>
  kill(signal: NodeJS.Signals): void
  stop(): Promise<void>
}

/** Starts a dnsmasq of its own that knows these records and asks nobody else. */
export async function startDnsmasq(options: DnsmasqOptions = {}): Promise<DnsmasqServer> {
  const dir = makeTempDir('dnsmasq')
  const port = await freePort()
  const config = join(dir, 'dnsmasq.conf')
  const hosts = join(dir, 'hosts')
  const records = options.records ?? []
  const addresses = records.filter(isAddress).map((record) => `${record.value} ${record.name}`)
  const write = (): void => writeFileSync(hosts, `${addresses.join('\n')}\n`)
  write()
  const lines = [
    ...['no-daemon', 'no-resolv', 'no-hosts', 'bind-interfaces', 'listen-address=127.0.0.1', `port=${port}`],
    ...['log-queries', 'log-facility=-', 'pid-file', 'user', 'local=/#/', `addn-hosts=${hosts}`],
    ...records.filter((record) => !isAddress(record)).map(directive),
    ...(options.config ?? []),
  ]
  writeFileSync(config, `${lines.join('\n')}\n`)
  const child = startChild('/usr/sbin/dnsmasq', [`--conf-file=${config}`])
  const reads = (): number => child.output().split(`read ${hosts}`).length - 1
  await child.says(/read \S+hosts/)
  child.unref()
  return {
    host: '127.0.0.1',
    port,
    log: () => child.output(),
    async addAddress(name, address) {
      const before = reads()
      addresses.push(`${address} ${name}`)
      write()
      child.kill('SIGHUP')
      await until(() => reads() > before, 'dnsmasq to read its hosts again')
    },
    kill: (signal) => child.kill(signal),
    async stop() {
      await child.stop()
      removeTempDir(dir)
    },
  }
}

/** Addresses live in a hosts file, which is the only part that dnsmasq reads again while it runs. */
function isAddress(record: DnsRecord): boolean {
  return record.type === 'A' || record.type === 'AAAA'
}

/** The line of dnsmasq.conf for a record. */
function directive(record: DnsRecord): string {
  const { name, value } = record
  switch (record.type) {
    case 'CNAME':
      return `cname=${name},${value}`
    case 'TXT':
      return `txt-record=${name},${JSON.stringify(value)}`
    case 'PTR':
      return `ptr-record=${name},${value}`
    case 'MX':
      return `mx-host=${name},${value},${record.priority ?? 10}`
    case 'SRV':
      return `srv-host=${name},${value},${record.port},${record.priority ?? 0},${record.weight ?? 0}`
    case 'NS':
      return `dns-rr=${name},2,${wireName(value)}`
    default:
      throw new Error(`no directive for ${record.type}`)
  }
}

/** A name as it goes over the wire (RFC 1035, 3.1), in hexadecimal. */
function wireName(name: string): string {
  const labels = name.split('.').map((label) => Buffer.from([label.length, ...Buffer.from(label)]))
  return Buffer.concat([...labels, Buffer.of(0)]).toString('hex')
}
