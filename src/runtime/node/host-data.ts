/** What passes between the Rust host and the `node:*` modules: see `host.ts`. */

export interface FileStatus {
  readonly kind: 'file' | 'directory' | 'other'
  /** All of `st_mode`. */
  readonly mode: number
  /** Bytes. */
  readonly size: number
  /** Milliseconds since 1970. */
  readonly mtime: number
}

/** The two ends of a TCP connection; a Unix socket has no names (empty texts, ports 0). */
export interface Ends {
  readonly localAddress: string
  readonly localPort: number
  readonly remoteAddress: string
  readonly remotePort: number
}

export interface Datagram {
  readonly data: ArrayBuffer
  readonly address: string
  readonly port: number
}

export interface TlsOptions {
  /**
   * The name (or address literal) that the certificate must be for. A name is also sent as SNI; an address never is.
   * Must not be empty.
   */
  readonly serverName: string
  /** PEM of the authorities to trust *instead of* the system's; a self-signed certificate here is also a pin. */
  readonly ca?: string
  /** PEM of the client's certificate and the rest of its chain, which is sent as it is. */
  readonly cert?: string
  /** PEM of the client's key (PKCS#8, PKCS#1 or SEC1, not encrypted). */
  readonly key?: string
  readonly alpn?: readonly string[]
  /** Whether a name is sent as SNI; it is unless this says false. */
  readonly sni?: boolean
  /** The bounds of the protocol version, where they are narrower than what there is: 1.2 and 1.3. */
  readonly minVersion?: string
  readonly maxVersion?: string
  /**
   * True: the handshake fails, and an alert is sent, when `verifyPeer` would find anything wrong. False: it always goes
   * on, nothing is checked (nor are roots loaded) until `verifyPeer` is called.
   */
  readonly reject: boolean
}

export interface TlsSession {
  readonly protocol: 'TLSv1.2' | 'TLSv1.3'
  /** The IANA name of the cipher suite. */
  readonly cipher: string
  /** The protocol that ALPN settled, empty when none was. */
  readonly alpn: string
}

/** A finding of `verifyPeer`: Node's code for it, and a sentence. */
export interface Finding {
  readonly code: string
  readonly message: string
}

export interface Verification {
  /**
   * What is wrong with the chain (trust, signatures, validity, purpose): `CERT_HAS_EXPIRED`, `CERT_NOT_YET_VALID`,
   * `DEPTH_ZERO_SELF_SIGNED_CERT`, `SELF_SIGNED_CERT_IN_CHAIN`, `UNABLE_TO_VERIFY_LEAF_SIGNATURE`,
   * `UNABLE_TO_GET_ISSUER_CERT_LOCALLY`, `CERT_SIGNATURE_FAILURE`, `INVALID_CA`, `INVALID_PURPOSE`, `CERT_UNTRUSTED` …
   * What the host cannot verify although nothing need be wrong with it has a code of its own, and in the message the
   * thing: `TLS_UNSUPPORTED_KEY` and `TLS_UNSUPPORTED_AUTHORITY` the kind of the key (`Ed448`), `TLS_UNSUPPORTED_SIGNATURE`
   * that of the signature (`SHA-1`), `TLS_UNSUPPORTED_CERTIFICATE` a clause (`its chain is too long`);
   * `TLS_UNSUPPORTED_EXTENSION` is a critical extension that is not known.
   */
  readonly chain?: Finding
  /** Set when the certificate is not for `serverName`, whatever the chain is: `ERR_TLS_CERT_ALTNAME_INVALID`. */
  readonly name?: Finding
}

/** What a certificate says. Read without any check: a certificate that nobody signed can be looked at. */
export interface Certificate {
  readonly der: ArrayBuffer
  /** Name parts in their order, `['CN', 'db']`; a part without a usual short name has its dotted OID. */
  readonly subject: readonly (readonly [string, string])[]
  readonly issuer: readonly (readonly [string, string])[]
  /** Alternative names, `['DNS', 'db.example']`, `['IP Address', '127.0.0.1']`, `['URI', …]`, `['email', …]`. */
  readonly altNames: readonly (readonly [string, string])[]
  /** Milliseconds since 1970. */
  readonly validFrom: number
  readonly validTo: number
  /** Upper-case hexadecimal, as Node writes it. */
  readonly serialNumber: string
  /** Basic constraints say that it is an authority. */
  readonly ca: boolean
}

export type HashName = 'md5' | 'sha1' | 'sha256' | 'sha384' | 'sha512'

/** The parts of a URL in the order of `urlParse`. */
export type UrlParts = readonly [
  href: string,
  protocol: string,
  username: string,
  password: string,
  host: string,
  hostname: string,
  port: string,
  pathname: string,
  search: string,
  hash: string,
  origin: string,
]
export type UrlPart =
  | 'protocol'
  | 'username'
  | 'password'
  | 'host'
  | 'hostname'
  | 'port'
  | 'pathname'
  | 'search'
  | 'hash'
