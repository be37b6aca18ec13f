/** What a peer does with a connection, step by step. The client sends it as its first line, in JSON. */
export type Step =
  | readonly ['write', string]
  /** So many bytes of `x`. */
  | readonly ['fill', number]
  | readonly ['wait', number]
  | readonly ['end']
  | readonly ['reset']
  /** Sends back what comes, and ends when the client does. */
  | readonly ['echo']
  | readonly ['stop reading']
  | readonly ['read on']
  /** Waits until the client has ended its side. */
  | readonly ['wait for end']
  /** Sends how many bytes came, and a line feed. */
  | readonly ['count']
  /** Keeps what comes, under a name, for another connection to ask for. */
  | readonly ['keep', string]
  /** Waits until the connection that keeps under this name is over, and sends what it kept. */
  | readonly ['tell', string]
  | readonly ['signal', number, string]

/** Where the peer listens, and the files it made. */
export interface Peer {
  readonly tcp: number
  readonly unix: string
  /** Nothing listens there. */
  readonly closed: number
  readonly udp: number
  /** TLS by what its certificate is: `good`, `expired`, `early`, `otherName`, `selfSigned`, `address` …; `asksClient`. */
  readonly tls: Readonly<Record<string, number>>
  /** The files of the certificates of these servers. */
  readonly certificates: Readonly<Record<string, string>>
  readonly ca: string
  readonly clientCert: string
  readonly clientKey: string
  readonly otherKey: string
  /** More certificates of clients, by what is unusual: `version1`, `p521`, `ed25519`. */
  readonly clients: Readonly<Record<string, { readonly cert: string; readonly key: string }>>
  readonly directory: string
}
