/** Whom a program talks to while it is learned from: servers on this machine that answer the usual questions at once. */
import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'

export interface Partners {
  /** What the program is most often asked, each of which ends well. */
  readonly commandLines: readonly (readonly string[])[]
  stop(): Promise<void>
}

export async function startPartners(): Promise<Partners> {
  const servers = [
    createServer((socket) => socket.on('error', ignore)),
    createHttpServer((_, response) => response.end('ok\n')),
    createServer((socket) => answer(socket, redis)),
    createServer((socket) => answer(socket, postgres)),
  ]
  const [tcp, http, cache, database] = await Promise.all(servers.map(listen))
  const address = (port: number | undefined): string => `127.0.0.1:${port}`
  return {
    commandLines: [
      ['--version'],
      [`--tcp=${address(tcp)}`],
      [`--tcp=${address(tcp)}`, `--tcp=${address(http)}`],
      [`--http=http://${address(http)}/`],
      ['--file=/'],
      ['--dns=localhost'],
      [`--redis=redis://:secret@${address(cache)}`],
      [`--postgres=postgres://app:secret@${address(database)}/app`],
    ],
    async stop() {
      for (const server of servers) server.close()
    },
  }
}

function ignore(): void {}

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

function answer(socket: Socket, reply: (data: Buffer) => string | Buffer): void {
  socket.on('error', ignore)
  socket.on('data', (data) => socket.write(reply(data)))
}

/** Every command of a pipeline has its reply. */
function redis(data: Buffer): string {
  const commands = data.toString().match(/\*\d+\r\n\$\d+\r\n\w+/g) ?? []
  return commands.map((command) => (/ping$/i.test(command) ? '+PONG\r\n' : '+OK\r\n')).join('')
}

function message(type: string, body: string | Buffer = ''): Buffer {
  const [content, head] = [Buffer.from(body), Buffer.alloc(5)]
  head.write(type)
  head.writeInt32BE(content.length + 4, 1)
  return Buffer.concat([head, content])
}

const READY = message('Z', 'I')
const COLUMN = message('T', Buffer.concat([Buffer.from('\0\x01a\0'), Buffer.alloc(18)]))
const ROW = Buffer.concat([message('D', '\0\x01\0\0\0\x011'), message('C', 'SELECT 1\0')])

/** What answers each message of a client (PostgreSQL, chapters 53.2 and 53.7): a password in the clear, one row for each query. */
const REPLIES: Readonly<Record<string, Buffer>> = {
  p: Buffer.concat([
    message('R', Buffer.alloc(4)),
    message('S', 'server_version\x0017.0\0'),
    message('K', Buffer.alloc(8)),
    READY,
  ]),
  Q: Buffer.concat([COLUMN, ROW, READY]),
  P: message('1'),
  B: message('2'),
  D: COLUMN,
  E: ROW,
  S: READY,
}

function postgres(data: Buffer): Buffer {
  const startsWithLength = data[0] === 0
  if (startsWithLength) return data.length === 8 ? Buffer.from('N') : message('R', Buffer.from([0, 0, 0, 3]))
  const replies: Buffer[] = []
  for (let at = 0; at + 5 <= data.length; at += 1 + data.readInt32BE(at + 1)) {
    replies.push(REPLIES[data.toString('latin1', at, at + 1)] ?? Buffer.alloc(0))
  }
  return Buffer.concat(replies)
}
