import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import process from 'node:process'
import { systemFailure } from '../transport/system-failure.ts'
import { parseResolvConf, type ResolverConfig } from './resolv-conf.ts'

const OWN_TROUBLE: ReadonlySet<string> = new Set(['EMFILE', 'ENFILE', 'ENOMEM'])

/**
 * What this machine says about names, read anew for every resolution, since it may change while somebody waits (a VPN
 * comes up). A missing file is as good as an empty one. `READYWHEN_RESOLV_CONF` and `READYWHEN_HOSTS` name other files:
 * for images that have no usable ones, and for tests. Throws `Failure` when this process can open no more files.
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
  } catch (error) {
    const failure = systemFailure(error)
    // A trouble of our own must not pass for a machine without DNS servers.
    if (failure !== undefined && OWN_TROUBLE.has(failure.code)) throw failure
    return undefined
  }
}
