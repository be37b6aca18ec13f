import { type Run, type RunOptions, start } from '../blackbox/readywhen.ts'
import { makeAuthority } from '../servers/certificates.ts'
import { startFault } from '../servers/faults.ts'
import { startPostgres } from '../servers/postgres.ts'
import { sample } from './sample.ts'

const SOCKETS = 1000
const LOGINS = 60

/** How a run under load ended, and the most memory it was seen with. */
export interface Loaded {
  readonly run: Run
  readonly peakKib: number
}

/** 1000 targets whose servers accept and then say nothing, each held for a moment; with the most connections at once. */
export async function manySockets(options?: RunOptions): Promise<Loaded & { readonly open: number }> {
  const server = await startFault('silent')
  let open = 0
  const counting = setInterval(() => {
    open = Math.max(open, server.open)
  }, 5)
  const targets = Array.from(
    { length: SOCKETS },
    (_, i) => `--tcp=127.0.0.1:${server.port}#name=t${i}&hold=50ms`,
  )
  const loaded = await watch(['--timeout=30s', ...targets], options)
  clearInterval(counting)
  await server.stop()
  return { ...loaded, open }
}

/** 60 logins at a real Postgres over TLS, each with its SCRAM exchange. */
export async function manyLogins(options?: RunOptions): Promise<Loaded> {
  const authority = makeAuthority()
  const tls = authority.issue({ ips: ['127.0.0.1'] })
  const server = await startPostgres({ tls })
  const password = encodeURIComponent(server.password)
  const url = `postgres://postgres:${password}@127.0.0.1:${server.port}/postgres?sslmode=verify-full`
  const targets = Array.from(
    { length: LOGINS },
    (_, i) => `--postgres=${url}#name=t${i}&ca=${authority.caFile}`,
  )
  const loaded = await watch(['--timeout=30s', '--attempt-timeout=20s', ...targets], options)
  await server.stop()
  return loaded
}

async function watch(args: readonly string[], options?: RunOptions): Promise<Loaded> {
  const running = start(args, options)
  let peakKib = 0
  const watching = setInterval(() => {
    try {
      peakKib = sample(running.pid).peakKib || peakKib
    } catch {
      // it has just ended
    }
  }, 20)
  const run = await running.ended
  clearInterval(watching)
  return { run, peakKib }
}

/** Runs the command with one of the shell's limits: `v` address space in KiB, `n` descriptors. */
export function under(limit: 'v' | 'n', value: number): RunOptions {
  return { under: ['sh', '-c', `ulimit -${limit} ${value}; exec "$@"`, 'sh'] }
}
