/**
 * The parts of the driver that are used, typed as they are used. Its index is not: it would load a pool, and a driver
 * in C where a variable says so.
 */
declare module 'pg/lib/client.js' {
  import { EventEmitter } from 'node:events'
  import type Query from 'pg/lib/query.js'

  interface Config {
    readonly stream: EventEmitter
    readonly user: string
    readonly database: string
    readonly password: () => Promise<string>
    readonly ssl: false
    readonly sslnegotiation: 'postgres'
    readonly scramMaxIterations: number
    /** Binds to the TLS channel where the server offers that, and otherwise tells it that it would have. */
    readonly enableChannelBinding: boolean
  }

  export default class Client extends EventEmitter {
    readonly connection: EventEmitter
    constructor(config: Config)
    connect(): Promise<unknown>
    query(query: Query): void
    end(): Promise<void>
    /** What the start-up message says. */
    getStartupConf(): Readonly<Record<string, string>>
  }
}

declare module 'pg/lib/crypto/cert-signatures.js' {
  /** The name of the digest that a certificate was signed with. Throws where it is none of those that are known. */
  export function signatureAlgorithmHashFromCertificate(certificate: Buffer): string
}

declare module 'pg/lib/query.js' {
  import { EventEmitter } from 'node:events'

  interface Config {
    readonly text: string
    readonly values?: readonly string[]
    /** How many rows to ask for at a time. */
    readonly rows?: number | undefined
    readonly queryMode: 'extended'
    readonly rowMode: 'array'
    readonly types: { getTypeParser(): (value: string) => string }
  }

  export interface PortalConnection {
    close(what: { readonly type: 'P'; readonly name: string }): void
    sync(): void
  }

  export default class Query extends EventEmitter {
    constructor(config: Config)
    handlePortalSuspended(connection: PortalConnection): void
  }
}
