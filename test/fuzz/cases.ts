import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import tls from 'node:tls'
import { makeAuthority } from '../servers/certificates.ts'
import { FLOWS, type Flow } from './answers.ts'
import { type Hostile, startSpoiledDns, startSpoiledFlow, startSpoilingRelay } from './hostile.ts'
import { type Chance, chance } from './random.ts'

/** One hostile server and the argument that points readywhen at it. */
export interface Case {
  readonly number: number
  readonly argument: string
  stop(): void
}

const PROTOCOLS = ['dns', 'http', 'postgres', 'redis', 'tls', 'tcp'] as const
export type Protocol = (typeof PROTOCOLS)[number]

/** Options that make a kind look closer at an answer. */
const OPTIONS = {
  http: [
    '',
    '&json=status=UP',
    '&body=/o$/',
    '&header=X-3:vvv',
    '&status=1xx',
    '&redirects=3',
    '&method=HEAD',
  ],
  postgres: ['', '&table=public.users', '&query=select 1', '&role=primary'],
  redis: ['', '&role=primary', '&cluster', '&key-exists=k', '&sentinel=main'],
  tcp: ['&expect=/^SSH-2/', '&expect=220', '&send=hello\\r\\n&hold=10ms'],
  dns: ['', '&type=SRV', '&type=TXT', '&type=MX', '&type=NS', '&type=CNAME', '&type=AAAA', '&min=2'],
} as const

/** Good TLS servers behind the relays that spoil what they say, one a version of the protocol. */
export interface Behind {
  readonly ports: readonly [number, ...number[]]
  stop(): void
}

export async function startBehind(): Promise<Behind> {
  const files = makeAuthority().issue({ names: ['localhost'], ips: ['127.0.0.1'] })
  const [cert, key] = [readFileSync(files.certFile), readFileSync(files.keyFile)]
  const start = async (version: 'TLSv1.2' | 'TLSv1.3'): Promise<tls.Server> => {
    const server = tls.createServer({ cert, key, minVersion: version, maxVersion: version }, (socket) => {
      socket.on('error', () => {})
      socket.on('data', (data) => {
        const http = data.includes('HTTP/1.1')
        socket.end(http ? 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok' : '+PONG\r\n')
      })
    })
    server.on('tlsClientError', () => {})
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return server
  }
  const [newer, older] = [await start('TLSv1.3'), await start('TLSv1.2')]
  const port = (server: tls.Server): number => (server.address() as AddressInfo).port
  return {
    ports: [port(newer), port(older)],
    stop() {
      newer.close()
      older.close()
    },
  }
}

/** Makes the case of a number: the same for the same seed. */
export async function makeCase(seed: string, number: number, behind: Behind, only?: Protocol): Promise<Case> {
  const by = chance(`${seed}/${number}`)
  const protocol = only ?? by.pick(PROTOCOLS)
  const name = `name=c${number}`
  const flow = (flows: readonly [Flow, ...Flow[]]): Promise<Hostile> => startSpoiledFlow(by.pick(flows), by)
  const hostile = await (protocol === 'dns'
    ? startSpoiledDns(by)
    : protocol === 'tls'
      ? startSpoilingRelay(by.pick(behind.ports), by)
      : flow(FLOWS[protocol]))
  return { number, argument: argument(protocol, hostile.port, name, by), stop: hostile.stop }
}

function argument(protocol: Protocol, port: number, name: string, by: Chance): string {
  const place = `127.0.0.1:${port}`
  switch (protocol) {
    case 'dns':
      return `--dns=wanted.example#${name}&server=${place}${by.pick(OPTIONS.dns)}`
    case 'http':
      return `--http=http://${place}/#${name}${by.pick(OPTIONS.http)}`
    case 'postgres': {
      const mode = by.pick(['disable', 'prefer', 'require'])
      return `--postgres=postgres://u:secret@${place}/d?sslmode=${mode}#${name}${by.pick(OPTIONS.postgres)}`
    }
    case 'redis':
      return `--redis=redis://u:secret@${place}#${name}${by.pick(OPTIONS.redis)}`
    case 'tcp':
      return `--tcp=${place}#${name}${by.pick(OPTIONS.tcp)}`
    case 'tls': {
      const insecure = by.happens(0.7) ? '&insecure' : ''
      return by.happens(0.5)
        ? `--http=https://${place}/#${name}${insecure}`
        : `--redis=rediss://${place}#${name}${insecure}`
    }
  }
}

export function isProtocol(name: string): name is Protocol {
  return (PROTOCOLS as readonly string[]).includes(name)
}
