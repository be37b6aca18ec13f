/** How a connection is asked for. */
import { withCode } from './system-error.ts'

export interface ConnectOptions {
  readonly host?: string | undefined
  readonly port?: number | string | undefined
  readonly path?: string | undefined
  readonly allowHalfOpen?: boolean | undefined
}

/** Throws for what is no port. */
export function readPort(value: unknown): number {
  const port = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  if (typeof port === 'number' && Number.isInteger(port) && port >= 0 && port < 65_536) return port
  const shown = typeof value === 'string' ? `'${value}'` : String(value)
  throw withCode(
    new RangeError(`Port should be >= 0 and < 65536. Received type ${typeof value} (${shown}).`),
    'ERR_SOCKET_BAD_PORT',
  )
}

/** Reads `connect(options, …)`, `connect(port, host, …)` and `connect(path, …)`. */
export function readConnectArguments(args: unknown[]): { options: ConnectOptions; callback: unknown } {
  const [first, second] = args
  const last = args.at(-1)
  const callback = typeof last === 'function' ? last : undefined
  if (typeof first === 'object' && first !== null) return { options: first as ConnectOptions, callback }
  if (typeof first === 'string' && !/^\d+$/.test(first)) return { options: { path: first }, callback }
  const options = { port: first as number, ...(typeof second === 'string' && { host: second }) }
  return { options, callback }
}
