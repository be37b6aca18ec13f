import { readFileSync } from 'node:fs'
import net, { type AddressInfo } from 'node:net'
import tls from 'node:tls'
import type { CertificateFiles } from './certificates.ts'

/** One client of a fake server, as its script sees it. */
export interface FakeClient {
  /**
   * Reads the start-up message and gives its parameters. A TLS request before it is answered with `tlsAnswer`, by default
   * `N` (no TLS), or with a handshake where the server has a certificate.
   */
  startUp(tlsAnswer?: Buffer | string): Promise<Readonly<Record<string, string>>>
  /** Reads so many bytes; a TLS request has 8. */
  read(length: number): Promise<Buffer>
  /** Reads one message after the start-up: its letter and its body. */
  message(): Promise<{ type: string; body: Buffer }>
  /** Reads a statement of the extended protocol up to its Execute; gives its text. */
  statement(): Promise<string>
  send(...messages: readonly (Buffer | string)[]): void
  /** Lets the client in without a password. */
  admit(parameters?: Readonly<Record<string, string>>): Promise<void>
  /** Answers each statement with the row that `answer` gives (nothing: no row) until the client leaves. */
  serve(answer: (text: string) => readonly (string | null)[] | undefined): Promise<void>
  /** Closes in good order. */
  end(): void
  /** Resets the connection. */
  reset(): void
}

export interface FakePostgres {
  readonly host: '127.0.0.1'
  readonly port: number
  /** How many connections there were, and how many are still open. */
  connections(): number
  open(): number
  stop(): Promise<void>
}

/** Starts a server that speaks PostgreSQL's protocol as the script says; `attempt` counts its clients from 1. */
export async function startFakePostgres(
  script: (client: FakeClient, attempt: number) => Promise<void>,
  certificate?: CertificateFiles,
): Promise<FakePostgres> {
  const sockets = new Set<net.Socket>()
  let connections = 0
  const server = net.createServer((socket) => {
    connections += 1
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
    script(makeClient(socket, certificate), connections).catch((error: unknown) => {
      if (error instanceof ClientGone) return
      // A client that waits would keep a broken test from ending.
      socket.destroy()
      throw error
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    host: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    connections: () => connections,
    open: () => sockets.size,
    async stop() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

class ClientGone extends Error {}

function makeClient(raw: net.Socket, certificate: CertificateFiles | undefined): FakeClient {
  let socket = raw
  let read = reader(socket)
  function secure({ certFile, keyFile }: CertificateFiles): void {
    socket.removeAllListeners('data').write('S')
    socket = new tls.TLSSocket(raw, {
      isServer: true,
      cert: readFileSync(certFile),
      key: readFileSync(keyFile),
    })
    socket.on('error', () => {})
    read = reader(socket)
  }
  async function message(): Promise<{ type: string; body: Buffer }> {
    const head = await read(5)
    return { type: head.toString('latin1', 0, 1), body: await read(head.readUInt32BE(1) - 4) }
  }
  async function statement(): Promise<string> {
    let text = ''
    for (;;) {
      const { type, body } = await message()
      if (type === 'X') throw new ClientGone()
      if (type === 'P') text = body.toString().split('\0')[1] ?? ''
      if (type === 'E') return text
    }
  }
  async function startUp(tlsAnswer: Buffer | string = 'N'): Promise<Readonly<Record<string, string>>> {
    const body = await read((await read(4)).readUInt32BE(0) - 4)
    if (body.readUInt32BE(0) === 80877103) {
      if (certificate === undefined) socket.write(tlsAnswer)
      else secure(certificate)
      return startUp()
    }
    const words = body.subarray(4).toString().split('\0')
    const parameters: Record<string, string> = {}
    for (let i = 0; i + 1 < words.length; i += 2) {
      const name = words[i]
      if (name) parameters[name] = words[i + 1] ?? ''
    }
    return parameters
  }
  return {
    startUp,
    read: (length) => read(length),
    message,
    statement,
    send: (...messages) => {
      socket.write(Buffer.concat(messages.map((each) => Buffer.from(each))))
    },
    async admit(parameters = { server_version: '17.2 (Fake)' }) {
      await startUp()
      const reported = Object.entries(parameters).map(([name, value]) => packet('S', `${name}\0${value}\0`))
      socket.write(Buffer.concat([authentication(0), ...reported, READY]))
    },
    async serve(answer) {
      for (;;) {
        const row = answer(await statement())
        socket.write(Buffer.concat([PARSED, columns(row?.length ?? 1), ...(row ? [dataRow(row)] : []), DONE]))
        await message()
        socket.write(READY)
      }
    },
    end: () => socket.end(),
    reset: () => socket.resetAndDestroy(),
  }
}

/** Gives a function that reads so many bytes; it rejects once the client is gone. */
function reader(socket: net.Socket): (length: number) => Promise<Buffer> {
  let bytes = Buffer.alloc(0)
  let gone = false
  let wake = (): void => {}
  socket.on('data', (chunk: Buffer) => {
    bytes = Buffer.concat([bytes, chunk])
    wake()
  })
  socket.on('close', () => {
    gone = true
    wake()
  })
  return async (length) => {
    while (bytes.length < length) {
      if (gone) throw new ClientGone()
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
    const taken = bytes.subarray(0, length)
    bytes = bytes.subarray(length)
    return taken
  }
}

/** A message of the server: its letter, its length, its body. */
export function packet(type: string, body: Buffer | string = ''): Buffer {
  const bytes = Buffer.from(body)
  const head = Buffer.alloc(5)
  head.write(type, 'latin1')
  head.writeUInt32BE(bytes.length + 4, 1)
  return Buffer.concat([head, bytes])
}

/** An `Authentication…` message: 0 is OK, 3 clear text, 10 SASL, 11 its continuation, 12 its end. */
export function authentication(method: number, rest: Buffer | string = ''): Buffer {
  const code = Buffer.alloc(4)
  code.writeUInt32BE(method)
  return packet('R', Buffer.concat([code, Buffer.from(rest)]))
}

/** The offer of SCRAM-SHA-256 and nothing else. */
export const SASL = authentication(10, 'SCRAM-SHA-256\0\0')

export function serverError(code: string, message: string, severity = 'FATAL'): Buffer {
  return packet('E', `S${severity}\0V${severity}\0C${code}\0M${message}\0\0`)
}

export const READY = packet('Z', 'I')
/** ParseComplete and BindComplete. */
export const PARSED = Buffer.concat([packet('1'), packet('2')])
export const DONE = packet('C', 'SELECT 1\0')

/** RowDescription of so many text columns. */
export function columns(count: number): Buffer {
  const number = Buffer.alloc(2)
  number.writeUInt16BE(count)
  const column = Buffer.concat([
    Buffer.from('c\0'),
    Buffer.alloc(6),
    Buffer.from([0, 0, 0, 25]),
    Buffer.alloc(8),
  ])
  return packet('T', Buffer.concat([number, ...Array.from({ length: count }, () => column)]))
}

export function dataRow(values: readonly (string | null)[]): Buffer {
  const count = Buffer.alloc(2)
  count.writeUInt16BE(values.length)
  const fields = values.map((value) => {
    const length = Buffer.alloc(4)
    const bytes = Buffer.from(value ?? '')
    length.writeInt32BE(value === null ? -1 : bytes.length)
    return Buffer.concat([length, bytes])
  })
  return packet('D', Buffer.concat([count, ...fields]))
}
