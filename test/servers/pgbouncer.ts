import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { freePort } from './ports.ts'
import { type Child, startChild } from './processes.ts'
import { makeTempDir, removeTempDir } from './temp.ts'

/** PgBouncer refuses to run as root. */
const USER = process.getuid?.() === 0 ? 'postgres' : undefined

export interface PgBouncerOptions {
  /** Connection strings of the servers behind, by the name of the database: `host=127.0.0.1 port=5432`. */
  readonly databases: Readonly<Record<string, string>>
  /** Passwords in clear text, by user. */
  readonly users: Readonly<Record<string, string>>
  /** More of pgbouncer.ini: `auth_type`, `max_client_conn` … */
  readonly settings?: Readonly<Record<string, string | number>>
}

export interface PgBouncerServer {
  readonly host: '127.0.0.1'
  readonly port: number
  log(): string
  stop(): Promise<void>
}

/** Starts a PgBouncer of its own, with SCRAM unless the settings say otherwise. */
export async function startPgBouncer(options: PgBouncerOptions): Promise<PgBouncerServer> {
  const dir = makeTempDir('pgbouncer')
  const port = await freePort()
  const config = join(dir, 'pgbouncer.ini')
  const users = join(dir, 'users.txt')
  const settings = {
    ...{ listen_addr: '127.0.0.1', listen_port: port, unix_socket_dir: '', auth_file: users },
    ...{ auth_type: 'scram-sha-256', admin_users: 'admin', server_login_retry: 1, ...options.settings },
  }
  const lines = (of: Readonly<Record<string, string | number>>): string[] =>
    Object.entries(of).map(([name, value]) => `${name} = ${value}`)
  const quoted = Object.entries(options.users).map(([name, password]) => `"${name}" "${password}"`)
  writeFileSync(users, `${quoted.join('\n')}\n`, { mode: 0o644 })
  writeFileSync(
    config,
    [...['[databases]', ...lines(options.databases)], ...['[pgbouncer]', ...lines(settings), '']].join('\n'),
    { mode: 0o644 },
  )
  const child: Child = startChild('/usr/sbin/pgbouncer', [config], USER === undefined ? {} : { user: USER })
  await child.says(/process up: PgBouncer/)
  child.unref()
  return {
    host: '127.0.0.1',
    port,
    log: () => child.output(),
    async stop() {
      await child.stop('SIGINT')
      removeTempDir(dir)
    },
  }
}
