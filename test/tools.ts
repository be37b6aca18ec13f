import { spawnSync } from 'node:child_process'
import { existsSync, globSync, rmSync, writeFileSync } from 'node:fs'
import process from 'node:process'

/** A program the tests or the build start, where it is looked for, and the Debian package that brings it. */
const TOOLS: readonly { readonly paths: readonly string[]; readonly package: string }[] = [
  { paths: ['/usr/lib/postgresql/*/bin/postgres'], package: 'postgresql' },
  { paths: ['/usr/sbin/pgbouncer'], package: 'pgbouncer' },
  { paths: ['/usr/bin/redis-server'], package: 'redis-server' },
  { paths: ['/usr/bin/redis-sentinel'], package: 'redis-sentinel' },
  { paths: ['/usr/sbin/nginx'], package: 'nginx-light' },
  { paths: ['/usr/sbin/dnsmasq'], package: 'dnsmasq-base' },
  { paths: ['/usr/bin/openssl'], package: 'openssl' },
  { paths: ['/bin/busybox', '/usr/bin/busybox'], package: 'busybox-static' },
  { paths: ['/usr/bin/setpriv'], package: 'util-linux' },
  { paths: ['/usr/bin/python3'], package: 'python3-minimal' },
  { paths: ['/usr/bin/musl-gcc'], package: 'musl-tools' },
]
const NO_SERVICES = '/usr/sbin/policy-rc.d'

/** The Debian packages that are missing on this machine. */
function missingPackages(): string[] {
  return TOOLS.filter((tool) => !tool.paths.some((path) => globSync(path).length > 0)).map(
    (tool) => tool.package,
  )
}

/** Brings in the real servers that the tests run against: as root by apt-get, otherwise it says what to install. */
export function ensureTools(): void {
  const packages = missingPackages()
  if (packages.length === 0) return
  const install = `apt-get install -y --no-install-recommends ${packages.join(' ')}`
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) {
    throw new Error(`the tests need real servers. Install them, or run as root on Debian:\n  sudo ${install}`)
  }
  console.error(`installing ${packages.join(', ')}…`)
  // A package that is installed starts its service, which no test wants (invoke-rc.d asks this file; 101: not allowed).
  const mayForbid = !existsSync(NO_SERVICES)
  if (mayForbid) writeFileSync(NO_SERVICES, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
  try {
    apt(['update', '-qq'])
    apt(['install', '-y', '-qq', '--no-install-recommends', ...packages])
  } finally {
    if (mayForbid) rmSync(NO_SERVICES)
  }
}

function apt(args: readonly string[]): void {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const { status, stdout, stderr } = spawnSync('apt-get', args, { env, encoding: 'utf8' })
  if (status !== 0) throw new Error(`apt-get ${args.join(' ')} failed:\n${stdout}${stderr}`)
}
