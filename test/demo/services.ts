import dgram from 'node:dgram'
import http from 'node:http'
import net from 'node:net'
import { PGlite } from '@electric-sql/pglite'
import { PGLiteSocketServer } from '@electric-sql/pglite-socket'
import { freePort } from '../servers/ports.ts'

/** Something to wait for. Nobody is told when it becomes ready: that is what readywhen has to find out. */
export interface Service {
  /** The flag and the target that wait for it. */
  readonly flag: string
  readonly target: string
  /** Called when somebody asks, ready or not; a port that refuses does not notice it. */
  onAsked: () => void
  /** Called when it first answers somebody as ready; that is when it has been seen. */
  onSeen: () => void
  becomeReady(): Promise<void>
  stop(): Promise<void>
}

const HOST = '127.0.0.1'

/** A port that refuses connections until it is ready. */
export async function tcpService(): Promise<Service> {
  const port = await freePort()
  const server = net.createServer((socket) => {
    socket.on('error', () => {})
    socket.end()
    service.onSeen()
  })
  const service: Service = {
    flag: '--tcp',
    target: `${HOST}:${port}`,
    onAsked() {},
    onSeen() {},
    becomeReady: () => listen(server, port),
    stop: () => close(server),
  }
  return service
}

/** A web server that answers 503 until it is ready. */
export async function httpService(): Promise<Service> {
  let ready = false
  const server = http.createServer((_request, response) => {
    service.onAsked()
    response.writeHead(ready ? 200 : 503, { connection: 'close' }).end()
    if (ready) service.onSeen()
  })
  const port = await freePort()
  await listen(server, port)
  const service: Service = {
    flag: '--http',
    target: `http://${HOST}:${port}/healthz`,
    onAsked() {},
    onSeen() {},
    async becomeReady() {
      ready = true
    },
    stop: () => close(server),
  }
  return service
}

/** A Postgres inside this process. Until it is ready it turns clients away as a starting one does. */
export async function postgresService(): Promise<Service> {
  const db = await PGlite.create()
  const port = await freePort()
  const starting = net.createServer((socket) => {
    service.onAsked()
    turnAway(socket)
  })
  await listen(starting, port)
  const server = new PGLiteSocketServer({ db, port, host: HOST, maxConnections: 10 })
  server.addEventListener('connection', () => service.onSeen())
  let started = false
  const service: Service = {
    flag: '--postgres',
    target: `postgres://postgres@${HOST}:${port}/postgres`,
    onAsked() {},
    onSeen() {},
    async becomeReady() {
      await close(starting)
      await server.start()
      started = true
    },
    async stop() {
      await (started ? server.stop() : close(starting))
      await db.close()
    },
  }
  return service
}

/** A name that does not exist until it is ready, at a name server of its own. */
export async function dnsService(name: string): Promise<Service> {
  let ready = false
  const server = dgram.createSocket('udp4', (query, { port, address }) => {
    service.onAsked()
    const answer = answerQuery(query, ready ? name : undefined)
    if (answer === undefined) return
    server.send(answer, port, address)
    if (ready && isPositive(answer)) service.onSeen()
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.bind(0, HOST, () => resolve())
  })
  const service: Service = {
    flag: '--dns',
    target: `${name}#server=${HOST}:${server.address().port}`,
    onAsked() {},
    onSeen() {},
    async becomeReady() {
      ready = true
    },
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  }
  return service
}

/** The answer of a name server that knows one name and its IPv4 address (RFC 1035, 4). */
function answerQuery(query: Buffer, known: string | undefined): Buffer | undefined {
  const end = query.indexOf(0, 12)
  if (query.length < 17 || end < 0 || end + 5 > query.length) return undefined
  const labels: string[] = []
  for (let at = 12; at < end; at += 1 + (query[at] ?? 0)) {
    labels.push(query.toString('latin1', at + 1, at + 1 + (query[at] ?? 0)))
  }
  const exists = labels.join('.').toLowerCase() === known
  const isA = query.readUInt16BE(end + 1) === 1
  const answers = exists && isA ? 1 : 0
  const header = Buffer.alloc(12)
  query.copy(header, 0, 0, 2)
  // Response, authoritative, recursion desired and available; code 0, or 3: no such name.
  header.writeUInt16BE(exists ? 0x8580 : 0x8583, 2)
  header.writeUInt16BE(1, 4)
  header.writeUInt16BE(answers, 6)
  const record = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 5, 0, 4, 127, 0, 0, 1])
  return Buffer.concat([header, query.subarray(12, end + 5), ...(answers === 1 ? [record] : [])])
}

function isPositive(answer: Buffer): boolean {
  return answer.readUInt16BE(6) > 0
}

/** Answers a client of Postgres as a server does while it starts: no TLS, then an error of code 57P03. */
function turnAway(socket: net.Socket): void {
  const field = (type: string, value: string): string => `${type}${value}\0`
  const fields = `${field('S', 'FATAL')}${field('V', 'FATAL')}${field('C', '57P03')}${field('M', 'the database system is starting up')}\0`
  const head = Buffer.from('E\0\0\0\0')
  head.writeUInt32BE(4 + Buffer.byteLength(fields), 1)
  socket.on('error', () => {})
  socket.on('data', (message) => {
    const asksForTls = message.length === 8 && message.readUInt32BE(4) === 80_877_103
    if (asksForTls) socket.write('N')
    else socket.end(Buffer.concat([head, Buffer.from(fields)]))
  })
}

function listen(server: net.Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, HOST, () => resolve())
  })
}

function close(server: net.Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()))
}
