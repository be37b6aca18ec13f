declare module 'pg/lib/crypto/sasl.js' {
  import type { TLSSocket } from 'node:tls'

  interface Session {
    readonly mechanism: string
    readonly clientNonce: string
    readonly response: string
  }
  export function startSession(
    mechanisms: readonly string[],
    stream: TLSSocket | undefined,
    scramMaxIterations: number,
  ): Session
  export function continueSession(
    session: Session,
    password: string,
    serverData: string,
    stream: TLSSocket | undefined,
  ): Promise<void>
}
