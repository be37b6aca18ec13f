import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import net from 'node:net'
import tls from 'node:tls'
import type { CertificateFiles } from './certificates.ts'
import { freePort } from './ports.ts'
import { startChild } from './processes.ts'

export interface FaultOptions {
  /** An address of 127.0.0.0/8 (the default is 127.0.0.1) or `::1`. */
  readonly host?: string
  /** A Unix socket instead of a port. */
  readonly path?: string
  readonly port?: number
  /** Misbehaves only after a TLS handshake that went well. */
  readonly tls?: CertificateFiles
  /** What `drip` sends a byte a second, and what `flood`, `close`, `reset` and `silent` send before they misbehave. */
  readonly text?: string
}

export interface FaultServer {
  readonly host: string
  /** 0 for a Unix socket. */
  readonly port: number
  /** Connections accepted so far. */
  readonly connections: number
  /** Connections that are open now. */
  readonly open: number
  /** All that clients sent so far. */
  readonly received: string
  stop(): Promise<void>
}

/** What servers do wrong, once a client is connected. */
const BEHAVIOURS = {
  /** Reads and never answers. */
  silent: (socket, text) => socket.write(text),
  /** Closes at once, in the polite way (FIN). */
  close: (socket, text) => socket.end(text),
  /** Closes at once with a reset (RST). */
  reset: (socket, text) => socket.write(text, () => rawSocket(socket).resetAndDestroy()),
  /** Closes after the first bytes of the client. */
  'close-when-asked': (socket, text) => socket.once('data', () => socket.end(text)),
  /** Resets after the first bytes of the client. */
  'reset-when-asked': (socket) => socket.once('data', () => rawSocket(socket).resetAndDestroy()),
  /** Answers the first bytes of the client with `text` and stays silent then. */
  answer: (socket, text) => socket.once('data', () => socket.write(text)),
  /** Sends one byte a second, the first at once. */
  drip: (socket, text) => drip(socket, text === '' ? 'x'.repeat(1000) : text),
  /** Sends a kilobyte that is no protocol. */
  garbage: (socket) => socket.write(Buffer.concat([Buffer.of(0, 255, 254), randomBytes(1021)])),
  /** Sends 100 MB, as fast as the client takes them. */
  flood: (socket, text) => flood(socket, text),
  /** Answers a TLS ClientHello with the start of a record, and stays silent then. */
  'handshake-silent': (socket) => socket.once('data', () => socket.write(Buffer.of(22, 3, 3, 0, 90, 2))),
} satisfies Record<string, (socket: net.Socket, text: string) => unknown>

export type Fault = keyof typeof BEHAVIOURS

/** Starts a server on 127.0.0.1 that misbehaves in one way. */
export function startFault(fault: Fault, options: FaultOptions = {}): Promise<FaultServer> {
  return startScripted((socket) => BEHAVIOURS[fault](socket, options.text ?? ''), options)
}

/** Starts a server that does what a test says with each connection; the sockets' errors are taken care of. */
export async function startScripted(
  script: (socket: net.Socket) => unknown,
  options: FaultOptions = {},
): Promise<FaultServer> {
  const sockets = new Set<net.Socket>()
  let connections = 0
  let received = ''
  const serve = (socket: net.Socket): void => {
    socket.on('data', (data) => {
      received += data.toString('latin1')
    })
    script(socket)
  }
  const server = net.createServer((socket) => {
    connections += 1
    sockets.add(socket)
    socket.on('error', () => {})
    socket.once('close', () => sockets.delete(socket))
    if (options.tls === undefined) serve(socket)
    else secured(socket, options.tls, serve)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    const { path, host = '127.0.0.1', port = 0 } = options
    server.listen(path === undefined ? { host, port } : { path }, resolve)
  })
  server.unref()
  const address = server.address()
  return {
    host: options.host ?? '127.0.0.1',
    port: address !== null && typeof address === 'object' ? address.port : 0,
    get connections() {
      return connections
    },
    get open() {
      return sockets.size
    },
    get received() {
      return received
    },
    async stop() {
      for (const socket of sockets) socket.destroy()
      if (server.listening) await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** A port of 127.0.0.1 that refuses connections: nobody listens on it, and the tests give it to nobody else. */
export const closedPort = freePort

/**
 * Starts a server whose backlog is full: the kernel drops every further SYN, as a black hole does. Clients wait in
 * the connection, unlike with `silent`.
 */
export async function startFullBacklog(): Promise<FaultServer> {
  // The child listens and then sleeps for ever without an event loop, so that nobody accepts. Linux lets one more
  // connection than the backlog says into the queue.
  const script = `const server = require('node:net').createServer()
    server.listen({ host: '127.0.0.1', port: 0, backlog: 1 }, () => {
      require('node:fs').writeSync(1, 'port ' + server.address().port + '.')
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
    })`
  const child = startChild(process.execPath, ['-e', script])
  await child.says(/port \d+\./)
  child.unref()
  const port = Number(/port (\d+)/.exec(child.output())?.[1])
  const fillers: net.Socket[] = []
  while (fillers.length < 8) {
    const filler = net.connect(port, '127.0.0.1').on('error', () => {})
    fillers.push(filler)
    if (!(await connects(filler, 100))) break
  }
  for (const filler of fillers) filler.unref()
  return {
    host: '127.0.0.1',
    port,
    connections: 0,
    open: 0,
    received: '',
    async stop() {
      for (const filler of fillers) filler.destroy()
      await child.stop()
    },
  }
}

function connects(socket: net.Socket, limitMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, limitMs, false)
    socket.once('connect', () => {
      clearTimeout(timer)
      resolve(true)
    })
  })
}

const raw = new WeakMap<net.Socket, net.Socket>()

/** The TCP socket under a TLS one, for a reset must not go through TLS. */
function rawSocket(socket: net.Socket): net.Socket {
  return raw.get(socket) ?? socket
}

function secured(socket: net.Socket, files: CertificateFiles, serve: (socket: net.Socket) => void): void {
  const secureContext = tls.createSecureContext({
    cert: readFileSync(files.certFile),
    key: readFileSync(files.keyFile),
  })
  const encrypted = new tls.TLSSocket(socket, { isServer: true, secureContext })
  raw.set(encrypted, socket)
  encrypted.on('error', () => socket.destroy())
  encrypted.once('secure', () => serve(encrypted))
}

function drip(socket: net.Socket, text: string): void {
  let sent = 0
  const send = (): void => {
    socket.write(text.slice(sent, sent + 1))
    sent += 1
    if (sent >= text.length) clearInterval(timer)
  }
  const timer = setInterval(send, 1000)
  timer.unref()
  socket.once('close', () => clearInterval(timer))
  send()
}

function flood(socket: net.Socket, text: string): void {
  const chunk = Buffer.alloc(64 * 1024, 'x')
  let left = 1600
  const send = (): void => {
    while (left > 0 && !socket.destroyed) {
      left -= 1
      if (!socket.write(chunk)) return
    }
    if (left === 0) socket.end()
  }
  socket.on('drain', send)
  socket.write(text)
  send()
}
