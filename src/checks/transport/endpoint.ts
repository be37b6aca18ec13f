import { isIPv6 } from 'node:net'
import { UsageError } from '../../plan/usage-error.ts'
import { hostName } from './host-name.ts'

/** Where a connection goes: a host (name or address, IPv6 without brackets) and port, or a Unix socket. */
export type Endpoint = { readonly host: string; readonly port: number } | { readonly path: string }

/** Says an endpoint as users write it: `db:5432`, `[::1]:80`, `unix:/run/app.sock`. */
export function formatEndpoint(endpoint: Endpoint): string {
  if ('path' in endpoint) return `unix:${endpoint.path}`
  return `${formatHost(endpoint.host)}:${endpoint.port}`
}

/** A host as it stands in front of a port: IPv6 addresses in brackets. */
export function formatHost(host: string): string {
  return host.includes(':') ? `[${host}]` : host
}

/** Reads `host:port`, `[v6]:port`; throws `UsageError` that says what is missing. */
export function parseHostPort(text: string, defaultPort?: number): { host: string; port: number } {
  const match = /^(?:\[([^\s[\]]+)\]|([^\s:/[\]@]+))(?::(\d+))?$/.exec(text)
  const host = match?.[1] ?? match?.[2]
  if (host === undefined || (match?.[1] !== undefined && !isIPv6(host))) {
    if (isIPv6(text)) {
      throw new UsageError('has an IPv6 address without brackets: write [address]:port')
    }
    throw new UsageError('must be host:port')
  }
  if (match?.[2] !== undefined) hostName(host)
  const digits = match?.[3]
  if (digits === undefined) {
    if (defaultPort === undefined) throw new UsageError('has no port: write host:port')
    return { host, port: defaultPort }
  }
  return { host, port: parsePort(digits) }
}

/** Reads the whole path of a Unix socket, as it is written; throws `UsageError` where more was meant than a path. */
export function socketPath(written: string): string {
  if (!written.startsWith('/')) throw new UsageError('must name the socket by its whole path: unix:/path')
  if (/[\s\p{Cc};,&|?"'<>]|:\/\//u.test(written)) {
    throw new UsageError('has white space or a separator in the path of a socket')
  }
  return written
}

/** Reads a port number from 1 to 65535. */
export function parsePort(digits: string): number {
  const port = Number(digits)
  if (!/^\d+$/.test(digits) || port < 1 || port > 65_535)
    throw new UsageError('must have a port from 1 to 65535')
  return port
}
