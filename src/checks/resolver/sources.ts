import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import process from 'node:process'
import { parseResolvConf, type ResolverConfig } from './resolv-conf.ts'

/**
 * What this machine says about names, read anew for every resolution: both files may change while somebody waits (a VPN
 * comes up, an agent rewrites them), and a missing one is as good as an empty one. `READYWHEN_RESOLV_CONF` and
 * `READYWHEN_HOSTS` name other files: for images that have no usable ones, and for tests.
 */
export function readResolverConfig(): ResolverConfig {
  const text = readOptional(process.env['READYWHEN_RESOLV_CONF'] ?? '/etc/resolv.conf')
  return parseResolvConf(text, process.env, hostname())
}

/** The text of the hosts file. */
export function readHosts(): string {
  return readOptional(process.env['READYWHEN_HOSTS'] ?? '/etc/hosts') ?? ''
}

function readOptional(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
