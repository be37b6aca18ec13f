import { isIP } from 'node:net'

/** Where a DNS server listens. */
export interface ServerAddress {
  readonly host: string
  readonly port: number
}

/** How names are resolved on this machine: resolv.conf(5). */
export interface ResolverConfig {
  readonly servers: readonly ServerAddress[]
  /** False where no server was named and this machine is asked for want of another. */
  readonly configured: boolean
  readonly search: readonly string[]
  /** A name with at least so many dots is tried as it is before the search list. */
  readonly ndots: number
  /** How long one server is waited for, in milliseconds. */
  readonly timeoutMs: number
  /** How many times the list of servers is gone through. */
  readonly attempts: number
  /** Starts with a server by chance instead of the first. */
  readonly rotate: boolean
  /** Asks over TCP only. */
  readonly useTcp: boolean
  /** Asks for A and AAAA one after the other, for servers that lose one of two. */
  readonly singleRequest: boolean
}

const DNS_PORT = 53
const MOST_SERVERS = 3
const MOST_NDOTS = 15
const LONGEST_TIMEOUT_S = 30
const MOST_ATTEMPTS = 5

type Environment = Readonly<Record<string, string | undefined>>

/**
 * Reads resolv.conf as glibc does, with its defaults, bounds and variables (`LOCALDOMAIN`, `RES_OPTIONS`); what it does
 * not know it passes over. Without servers, or without a file (`undefined`), the server is this machine; without a search
 * list, it is the domain of the host's own name. Besides, `[address]:port` is taken as a server, as OpenBSD does.
 */
export function parseResolvConf(
  text: string | undefined,
  env: Environment,
  hostname: string,
): ResolverConfig {
  const servers: ServerAddress[] = []
  let search: readonly string[] | undefined
  let options: string[] = []
  for (const line of (text ?? '').split('\n')) {
    const [keyword, ...values] = line.trimEnd().split(/[ \t]+/)
    if (keyword === 'nameserver') servers.push(...parseServer(values[0] ?? ''))
    else if (keyword === 'domain') search = values.slice(0, 1)
    else if (keyword === 'search') search = values
    else if (keyword === 'options') options = [...options, ...values]
  }
  search = env['LOCALDOMAIN']?.split(/[ \t]+/).filter(Boolean) ?? search ?? domainOf(hostname)
  options = [...options, ...(env['RES_OPTIONS'] ?? '').split(/[ \t]+/)]
  return {
    servers: servers.length > 0 ? servers.slice(0, MOST_SERVERS) : [{ host: '127.0.0.1', port: DNS_PORT }],
    configured: servers.length > 0,
    search,
    ndots: number(options, 'ndots', 1, 0, MOST_NDOTS),
    timeoutMs: number(options, 'timeout', 5, 1, LONGEST_TIMEOUT_S) * 1000,
    attempts: number(options, 'attempts', 2, 1, MOST_ATTEMPTS),
    rotate: options.includes('rotate'),
    useTcp: options.includes('use-vc') || options.includes('usevc'),
    singleRequest: options.includes('single-request') || options.includes('single-request-reopen'),
  }
}

function parseServer(value: string): ServerAddress[] {
  const bracketed = /^\[(.+)\]:(\d{1,5})$/.exec(value)
  const host = bracketed?.[1] ?? value
  const port = bracketed ? Number(bracketed[2]) : DNS_PORT
  return isIP(host) === 0 || port < 1 || port > 65_535 ? [] : [{ host, port }]
}

function domainOf(hostname: string): string[] {
  const dot = hostname.indexOf('.')
  return dot < 0 || dot === hostname.length - 1 ? [] : [hostname.slice(dot + 1)]
}

/** The last value of an option, held between its bounds. */
function number(
  options: readonly string[],
  name: string,
  byDefault: number,
  min: number,
  max: number,
): number {
  const value = options.findLast((option) => option.startsWith(`${name}:`))?.slice(name.length + 1) ?? ''
  return /^\d+$/.test(value) ? Math.min(Math.max(Number(value), min), max) : byDefault
}
