/** `node:tls`: `connect` over a connected socket, and what the peer's certificate says. */
import { Buffer } from './buffer.ts'
import { certificateObject, type PeerCertificate } from './certificate.ts'
import { type Finding, type Handle, type HostError, host, type TlsOptions, type TlsSession } from './host.ts'
import { nextTick } from './loop.ts'
import { Socket } from './socket.ts'
import { socketError, withCode } from './system-error.ts'

type Pem = string | Uint8Array | readonly (string | Uint8Array)[]

export interface ConnectionOptions {
  readonly socket?: Socket
  /** The name that the certificate must be for, where `servername` says no other. */
  readonly host?: string
  readonly servername?: string
  readonly ca?: Pem
  readonly cert?: Pem
  readonly key?: Pem
  readonly ALPNProtocols?: readonly string[]
  readonly minVersion?: string
  readonly maxVersion?: string
  readonly rejectUnauthorized?: boolean
}

export class TLSSocket extends Socket {
  readonly encrypted = true
  authorized = false
  /** The code of what is wrong with the peer's certificate, where that was not a reason to end the connection. */
  authorizationError: string | null = null
  alpnProtocol: string | false = false
  #finding: Finding | undefined
  /** Where Node keeps what is wrong with the certificate in words: `verifyError()` of its handle. */
  readonly _handle = { verifyError: (): Error | null => findingError(this.#finding) }
  readonly #below: Socket
  readonly #options: TlsOptions
  #secured: Handle = 0

  /** Throws at once, as Node does, when certificate and key cannot be used. */
  constructor(socket: Socket, options: ConnectionOptions) {
    super()
    this.connecting = true
    this.#below = socket
    this.#options = readOptions(options)
    socket.on('error', (error) => this.destroy(error))
    socket.on('close', () => this.destroy())
    if (socket.connecting) socket.once('connect', () => this.#start())
    else nextTick(() => this.#start())
  }

  #start(): void {
    if (this.destroyed) return
    const lent = this.#below.lend()
    if (lent === undefined) this.destroy(disconnected())
    else if (lent.unread) {
      // bytes from before the handshake would be taken for part of what it protects
      this.destroy(withCode(new Error('wrong version number'), 'ERR_SSL_WRONG_VERSION_NUMBER'))
    } else {
      this.borrow(lent.handle, lent.ends)
      this.#secured = lent.handle
      const handshake = this.operation<TlsSession>((error, session) => {
        if (error === undefined) this.#secure(session)
        else this.destroy(handshakeError(error))
      })
      try {
        host.tls(handshake, lent.handle, this.#options)
      } catch (error) {
        this.destroy(error as Error)
      }
    }
  }

  #secure(session: TlsSession): void {
    if (this.#options.reject) this.authorized = true
    else {
      const { chain, name } = host.verifyPeer(this.#secured)
      this.#finding = chain
      this.authorizationError = (chain ?? name)?.code ?? null
      this.authorized = this.authorizationError === null
    }
    this.alpnProtocol = session.alpn || false
    this.connected()
    this.emit('secure')
    this.emit('secureConnect')
    this.readAhead()
  }

  /** The peer's own certificate; an empty object when there is none (yet). */
  getPeerCertificate(): PeerCertificate | Record<string, never> {
    const certificate =
      this.#secured === 0 || this.destroyed ? undefined : host.peerCertificate(this.#secured)
    return certificate === undefined ? {} : certificateObject(certificate)
  }

  /** The socket below goes first, as in Node: whoever listens to both hears of the cause here before. */
  override closeHandle(_handle: Handle, closed: () => void): void {
    if (this.#below.closed) closed()
    else {
      this.#below.once('close', closed)
      this.#below.destroy()
    }
  }
}

function readOptions(options: ConnectionOptions): TlsOptions {
  const { host: address, servername, ca, cert, key } = options
  if (cert !== undefined) checkPair(pemText(cert), pemText(key ?? cert))
  return {
    serverName: servername || address || 'localhost',
    // as in Node, `host` alone is verified but not sent
    sni: Boolean(servername),
    reject: options.rejectUnauthorized !== false,
    ...(ca !== undefined && { ca: pemText(ca) }),
    ...(cert !== undefined && { cert: pemText(cert), key: pemText(key ?? cert) }),
    ...(options.ALPNProtocols !== undefined && { alpn: options.ALPNProtocols }),
    ...(options.minVersion !== undefined && { minVersion: options.minVersion }),
    ...(options.maxVersion !== undefined && { maxVersion: options.maxVersion }),
  }
}

function pemText(value: Pem): string {
  if (typeof value === 'string') return value
  return value instanceof Uint8Array ? host.utf8Decode(value) : value.map(pemText).join('\n')
}

function checkPair(cert: string, key: string): void {
  const [own] = host.readCertificates(Buffer.from(cert))
  if (own === undefined || host.certificateMatchesKey(new Uint8Array(own.der), Buffer.from(key))) return
  throw withCode(new Error('key values mismatch'), 'ERR_OSSL_X509_KEY_VALUES_MISMATCH')
}

function handshakeError(error: HostError): Error {
  if (error.code === 'ECONNRESET' && error.errno === undefined) return disconnected()
  return error.errno === undefined ? error : socketError(error, 'read')
}

function findingError(finding: Finding | undefined): Error | null {
  return finding === undefined ? null : withCode(new Error(finding.message), finding.code)
}

function disconnected(): Error {
  const words = 'Client network socket disconnected before secure TLS connection was established'
  return withCode(new Error(words), 'ECONNRESET')
}

/** Starts TLS over a socket; `onSecure` is called once the handshake is done. */
export function connect(options: ConnectionOptions, onSecure?: () => void): TLSSocket {
  if (options.socket === undefined) {
    throw withCode(new TypeError('tls.connect takes a socket here'), 'ERR_MISSING_ARGS')
  }
  const secured = new TLSSocket(options.socket, options)
  if (onSecure !== undefined) secured.once('secureConnect', onSecure)
  return secured
}

export default { TLSSocket, connect }
