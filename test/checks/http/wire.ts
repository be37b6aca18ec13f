import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import net from 'node:net'
import tls from 'node:tls'
import type { CertificateFiles } from '../../servers/certificates.ts'
import { until } from '../../servers/until.ts'

/** A server that does with each request whatever a test wants, byte by byte. */
export interface WireServer {
  readonly port: number
  /** The requests so far, each up to the end of its headers. */
  readonly requests: readonly string[]
  /** Waits until no connection is left. */
  idle(): Promise<void>
  stop(): Promise<void>
}

interface WireOptions {
  readonly address?: string
  /** Speaks TLS with these. */
  readonly files?: CertificateFiles
  /** The authority (a file) whose client certificates are demanded. */
  readonly clientCa?: string
}

/** Listens on a loopback address; `answer` is called once for each request, when its headers are complete. */
export async function startWire(
  answer: (socket: net.Socket, request: string) => void,
  { address = '127.0.0.1', files, clientCa }: WireOptions = {},
): Promise<WireServer> {
  const requests: string[] = []
  const open = new Set<net.Socket>()
  const serve = (socket: net.Socket): void => {
    open.add(socket)
    socket.on('error', () => {}).on('close', () => open.delete(socket))
    let received = ''
    socket.setEncoding('latin1').on('data', (text: string) => {
      received += text
      const end = received.indexOf('\r\n\r\n')
      if (end < 0) return
      const request = received
      received = ''
      requests.push(request)
      answer(socket, request)
    })
  }
  const server =
    files === undefined ? net.createServer(serve) : tls.createServer(tlsOptions(files, clientCa), serve)
  server.on('tlsClientError', () => {})
  server.listen(0, address)
  await once(server, 'listening')
  return {
    port: (server.address() as net.AddressInfo).port,
    requests,
    idle: () => until(() => open.size === 0, 'all connections to be closed'),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of open) socket.destroy()
      }),
  }
}

/** A whole answer, headers as given, and the connection closed behind it. */
export function respond(
  status: string,
  headers: Readonly<Record<string, string>> = {},
  body = '',
): (socket: net.Socket) => void {
  const lines = Object.entries({ 'Content-Length': String(Buffer.byteLength(body)), ...headers })
  const head = [`HTTP/1.1 ${status}`, ...lines.map(([name, value]) => `${name}: ${value}`), '', ''].join(
    '\r\n',
  )
  return (socket) => socket.end(head + body)
}

function tlsOptions(files: CertificateFiles, clientCa: string | undefined): tls.TlsOptions {
  return {
    cert: readFileSync(files.certFile),
    key: readFileSync(files.keyFile),
    ...(clientCa !== undefined && { requestCert: true, ca: readFileSync(clientCa) }),
  }
}
