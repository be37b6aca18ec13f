import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CertificateFiles } from './certificates.ts'
import { freePort } from './ports.ts'
import { type Child, run, startChild } from './processes.ts'
import { makeTempDir, removeTempDir } from './temp.ts'

export interface RedisTls extends CertificateFiles {
  /** Authority whose client certificates are demanded. */
  readonly caFile?: string
}

export interface RedisOptions {
  /** Password of the default user (`requirepass`). */
  readonly password?: string
  /** Speaks TLS alone on its port; clients need no certificate unless `caFile` is given. */
  readonly tls?: RedisTls
  /** More configuration, one directive an element: `replica-serve-stale-data no`. */
  readonly config?: readonly string[]
}

export interface RedisServer {
  readonly host: '127.0.0.1'
  readonly port: number
  /** Its Unix socket; it speaks plain Redis there, whatever `tls` says. */
  readonly socketPath: string
  log(): string
  /** Runs a command over the Unix socket, as the default user; gives the answer as redis-cli writes it. */
  command(...words: readonly string[]): Promise<string>
  kill(signal: NodeJS.Signals): void
  stop(): Promise<void>
}

/** Starts a Redis of its own, without persistence. */
export async function startRedis(options: RedisOptions = {}): Promise<RedisServer> {
  const lines = ['save ""', 'appendonly no', 'databases 16', 'enable-debug-command local']
  if (options.password !== undefined) lines.push(`requirepass ${JSON.stringify(options.password)}`)
  // nodes of a cluster talk on a port 10 000 above their own, which the kernel must not have given away either
  const port = await (lines.some((line) => line.startsWith('cluster-enabled'))
    ? freePort(22_000)
    : freePort())
  lines.push(...listening(port, options.tls))
  return launch(
    [...lines, ...(options.config ?? [])],
    [],
    port,
    /Ready to accept connections/,
    options.password,
  )
}

export interface SentinelOptions {
  /** Masters by name. */
  readonly masters: Readonly<Record<string, { readonly port: number; readonly password?: string }>>
  /** Password for clients of the sentinel itself. */
  readonly password?: string
  readonly tls?: RedisTls
  readonly config?: readonly string[]
}

/** Starts a Redis Sentinel that watches masters on 127.0.0.1. */
export async function startSentinel(options: SentinelOptions): Promise<RedisServer> {
  const port = await freePort()
  const lines = [...listening(port, options.tls)]
  if (options.password !== undefined) lines.push(`requirepass ${JSON.stringify(options.password)}`)
  for (const [name, master] of Object.entries(options.masters)) {
    lines.push(`sentinel monitor ${name} 127.0.0.1 ${master.port} 1`)
    lines.push(`sentinel down-after-milliseconds ${name} 500`)
    if (master.password !== undefined)
      lines.push(`sentinel auth-pass ${name} ${JSON.stringify(master.password)}`)
  }
  const all = [...lines, ...(options.config ?? [])]
  return launch(all, ['--sentinel'], port, /Sentinel ID is/, options.password)
}

function listening(port: number, tls: RedisTls | undefined): readonly string[] {
  if (tls === undefined) return [`port ${port}`]
  const { certFile, keyFile, caFile } = tls
  return [
    ...['port 0', `tls-port ${port}`, `tls-cert-file ${certFile}`, `tls-key-file ${keyFile}`],
    // Redis demands a CA file even where it asks no client for a certificate.
    ...[`tls-ca-cert-file ${caFile ?? certFile}`, `tls-auth-clients ${caFile === undefined ? 'no' : 'yes'}`],
  ]
}

async function launch(
  lines: readonly string[],
  args: readonly string[],
  port: number,
  started: RegExp,
  password: string | undefined,
): Promise<RedisServer> {
  const dir = makeTempDir('redis')
  const socketPath = join(dir, 'redis.sock')
  const config = join(dir, 'redis.conf')
  const common = ['bind 127.0.0.1', `dir ${dir}`, `unixsocket ${socketPath}`, 'unixsocketperm 777']
  writeFileSync(config, `${[...common, ...lines].join('\n')}\n`)
  const child: Child = startChild('redis-server', [config, ...args], { cwd: dir })
  await child.says(started)
  child.unref()
  return {
    host: '127.0.0.1',
    port,
    socketPath,
    log: () => child.output(),
    async command(...words) {
      const env = password === undefined ? {} : { REDISCLI_AUTH: password }
      return (await run('redis-cli', ['-s', socketPath, ...words], { env })).trim()
    },
    kill: (signal) => child.kill(signal),
    async stop() {
      await child.stop()
      removeTempDir(dir)
    },
  }
}
