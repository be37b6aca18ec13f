import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import net from 'node:net'
import { join } from 'node:path'
import process from 'node:process'
import { type DnsQuery, type DnsReply, readQuery, writeReply } from './dns-wire.ts'
import { freePort } from './ports.ts'
import { makeTempDir } from './temp.ts'

/** What to do with a query: a reply, bytes as they are, or nothing at all. */
export type Answerer = (query: DnsQuery, count: number) => DnsReply | Buffer | 'silent' | 'close'

export interface ProgrammedDns {
  readonly host: string
  readonly port: number
  /** As `nameserver` takes it. */
  readonly address: string
  /** All queries so far; `names()` as `name TYPE`. */
  readonly queries: readonly DnsQuery[]
  names(): string[]
  stop(): Promise<void>
}

export const NXDOMAIN: DnsReply = { rcode: 3 }
export const SERVFAIL: DnsReply = { rcode: 2 }
export const REFUSED: DnsReply = { rcode: 5 }

/**
 * Answers from a table of lines of a zone file, through aliases; a name that is not there does not exist.
 */
export function zone(...lines: readonly string[]): (query: DnsQuery) => DnsReply {
  return ({ name, type }) => {
    const answers: string[] = []
    let owner = name.toLowerCase()
    let known = false
    for (let hops = 0; hops < 10; hops += 1) {
      const own = lines.filter((line) => line.split(' ')[0]?.toLowerCase() === owner)
      known ||= own.length > 0
      const wanted = own.filter((line) => line.split(' ')[1] === type)
      const [alias] = own.filter((line) => line.split(' ')[1] === 'CNAME')
      answers.push(...(wanted.length > 0 ? wanted : alias === undefined ? [] : [alias]))
      if (wanted.length > 0 || alias === undefined) break
      owner = alias.split(' ')[2] ?? ''
    }
    return known ? { answers } : NXDOMAIN
  }
}

/** Starts a DNS server, over UDP and TCP, that answers as it is told; `count` is how often it was asked just that. */
export async function startDns(answer: Answerer, host = '127.0.0.1'): Promise<ProgrammedDns> {
  const port = await freePort()
  const queries: DnsQuery[] = []
  const connections = new Set<net.Socket>()
  const timers = new Set<NodeJS.Timeout>()

  function handle(
    bytes: Buffer,
    over: 'udp' | 'tcp',
    send: (reply: Buffer) => void,
    close: () => void,
  ): void {
    const query = readQuery(bytes, over)
    queries.push(query)
    const count = queries.filter(({ name, type }) => name === query.name && type === query.type).length
    const reply = answer(query, count)
    if (reply === 'close') close()
    else if (Buffer.isBuffer(reply)) send(reply)
    else if (reply !== 'silent') {
      const timer = setTimeout(() => {
        timers.delete(timer)
        send(writeReply(query, reply))
      }, reply.delayMs ?? 0)
      timers.add(timer)
    }
  }

  const udp = createSocket(host.includes(':') ? 'udp6' : 'udp4')
  udp.on('message', (bytes, from) => {
    handle(
      bytes,
      'udp',
      (reply) => udp.send(reply, from.port, from.address),
      () => {},
    )
  })
  udp.bind(port, host)
  await once(udp, 'listening')

  const tcp = net.createServer((socket) => {
    connections.add(socket)
    socket.on('error', () => {}).on('close', () => connections.delete(socket))
    let received: Buffer = Buffer.alloc(0)
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk])
      while (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
        const size = received.readUInt16BE(0)
        const query = received.subarray(2, 2 + size)
        received = received.subarray(2 + size)
        handle(
          query,
          'tcp',
          (reply) => {
            // In two parts, as a network may do.
            socket.write(Buffer.from([reply.length >> 8]))
            socket.write(Buffer.concat([Buffer.from([reply.length & 0xff]), reply]))
          },
          () => socket.destroy(),
        )
      }
    })
  })
  tcp.listen(port, host)
  await once(tcp, 'listening')

  return {
    host,
    port,
    address: `[${host}]:${port}`,
    queries,
    names: () => queries.map(({ name, type }) => `${name} ${type}`),
    async stop() {
      udp.close()
      for (const timer of timers) clearTimeout(timer)
      for (const socket of connections) socket.destroy()
      tcp.close()
      await once(tcp, 'close')
    },
  }
}

/** Points the resolver of this process to files of its own, with this text in them. */
export function useResolver(resolvConf: readonly string[], hosts: readonly string[] = []): void {
  const dir = makeTempDir('resolver')
  process.env['READYWHEN_RESOLV_CONF'] = join(dir, 'resolv.conf')
  process.env['READYWHEN_HOSTS'] = join(dir, 'hosts')
  writeFileSync(join(dir, 'resolv.conf'), `${resolvConf.join('\n')}\n`)
  writeFileSync(join(dir, 'hosts'), `${hosts.join('\n')}\n`)
}
