import { randomBytes } from 'node:crypto'
import {
  appendFileSync,
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import type { CertificateFiles } from './certificates.ts'
import { freePort } from './ports.ts'
import { type Child, run, startChild } from './processes.ts'
import { makeTempDir, removeTempDir } from './temp.ts'

/** Where Debian keeps the server programs, one directory a major version. */
const VERSIONS = '/usr/lib/postgresql'
/** Postgres refuses to run as root. */
const USER = process.getuid?.() === 0 ? 'postgres' : undefined
/** A superuser for the test itself, let in over the socket without a password whatever `hba` says. */
const ADMIN = 'tester'
const PASSWORD = 'postgres password'

export interface PostgresOptions {
  readonly tls?: CertificateFiles & {
    /** Authority whose client certificates are accepted (`hostssl … cert`). */
    readonly caFile?: string
  }
  /** The lines of pg_hba.conf; by default a password (SCRAM) for everybody from everywhere. */
  readonly hba?: readonly string[]
  readonly settings?: Readonly<Record<string, string | number | boolean>>
  /** Statements to run once it is up. */
  readonly initSql?: string
  /** Starts it as a hot standby without a primary: read only, `pg_is_in_recovery()` is true. */
  readonly standby?: boolean
}

export interface PostgresServer {
  readonly host: '127.0.0.1'
  readonly port: number
  /** The directory of its Unix socket, as libpq's `host=`. */
  readonly socketDir: string
  readonly user: 'postgres'
  /** The password of `postgres`; it holds a space, so that quoting is put to the test. */
  readonly password: string
  /** Major version. */
  readonly version: string
  log(): string
  /** Runs statements in a database as a superuser; gives rows as lines, columns separated by `|`. */
  sql(statements: string, database?: string): Promise<string>
  /** Sends a signal to the postmaster: SIGTERM waits for clients (smart), SIGINT does not (fast), SIGHUP reloads. */
  kill(signal: NodeJS.Signals): void
  /** Stops it (fast, unless told otherwise) and starts it again on the same port and data. */
  restart(signal?: NodeJS.Signals): Promise<void>
  /** Ends it at once and removes its data. */
  stop(): Promise<void>
}

/** Starts a Postgres of its own: SCRAM, no fsync, data copied from a template that is made once a version and user. */
export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  const version = newestVersion()
  const bin = join(VERSIONS, version, 'bin')
  const home = own(makeTempDir('postgres'))
  const data = join(home, 'data')
  await run('cp', ['-a', '--reflink=auto', await template(version, bin), data], asUser())
  const port = await freePort()
  configure(data, options, { port, listen_addresses: '127.0.0.1', unix_socket_directories: home })
  let postmaster = await boot(bin, data)
  const server: PostgresServer = {
    host: '127.0.0.1',
    port,
    socketDir: home,
    user: 'postgres',
    password: PASSWORD,
    version,
    log: () => postmaster.output(),
    sql(statements, database = 'postgres') {
      const connection = ['-h', home, '-p', `${port}`, '-U', ADMIN, '-d', database]
      const output = ['-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-f', '-']
      return run(join(bin, 'psql'), [...connection, ...output], { input: statements })
    },
    kill: (signal) => postmaster.kill(signal),
    async restart(signal = 'SIGINT') {
      await postmaster.stop(signal)
      postmaster = await boot(bin, data)
    },
    async stop() {
      await postmaster.stop()
      removeTempDir(home)
    },
  }
  if (options.initSql !== undefined) await server.sql(options.initSql)
  return server
}

async function boot(bin: string, data: string): Promise<Child> {
  const postmaster = startChild(join(bin, 'postgres'), ['-D', data], { ...asUser(), killSignal: 'SIGQUIT' })
  await postmaster.says(/database system is ready to accept/)
  postmaster.unref()
  return postmaster
}

function configure(data: string, options: PostgresOptions, place: Record<string, string | number>): void {
  const settings: Record<string, string | number | boolean> = {
    ...{ fsync: false, synchronous_commit: false, full_page_writes: false, autovacuum: false },
    ...{ shared_buffers: '1MB', log_line_prefix: '', ...place },
  }
  if (options.tls !== undefined) {
    const { certFile, keyFile, caFile } = options.tls
    Object.assign(settings, {
      ssl: true,
      ssl_cert_file: adopt(data, certFile),
      ssl_key_file: adopt(data, keyFile),
    })
    if (caFile !== undefined) settings['ssl_ca_file'] = adopt(data, caFile)
  }
  const lines = Object.entries({ ...settings, ...options.settings }).map(
    ([name, value]) => `${name} = '${String(value).replaceAll("'", "''")}'\n`,
  )
  appendFileSync(join(data, 'postgresql.conf'), lines.join(''))
  const hba = options.hba ?? ['local all all scram-sha-256', 'host all all all scram-sha-256']
  writeFileSync(join(data, 'pg_hba.conf'), `local all ${ADMIN} trust\n${hba.join('\n')}\n`)
  if (options.standby === true) writeFileSync(join(data, 'standby.signal'), '')
}

/** Copies a certificate or key into the data directory: the server takes a key only if it alone can read it. */
function adopt(data: string, file: string): string {
  const copy = join(data, `${randomBytes(4).toString('hex')}.pem`)
  cpSync(file, copy)
  chmodSync(copy, 0o600)
  return own(copy)
}

/** Gives a file or directory to the user the server runs as. */
function own(path: string): string {
  if (USER !== undefined) {
    const { uid, gid } = userIds(USER)
    chownSync(path, uid, gid)
  }
  return path
}

function userIds(user: string): { uid: number; gid: number } {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((each) => each.startsWith(`${user}:`))
  const [, , uid, gid] = line?.split(':') ?? []
  if (uid === undefined || gid === undefined) throw new Error(`no user ${user} on this machine`)
  return { uid: Number(uid), gid: Number(gid) }
}

function asUser(): { user?: string } {
  return USER === undefined ? {} : { user: USER }
}

function newestVersion(): string {
  const versions = existsSync(VERSIONS) ? readdirSync(VERSIONS).filter((each) => /^\d+$/.test(each)) : []
  const newest = versions.toSorted((a, b) => Number(b) - Number(a))[0]
  if (newest === undefined) throw new Error('no Postgres server on this machine: apt-get install postgresql')
  return newest
}

/** The data directory that all copies are made from. Several processes may make it at once: the first rename wins. */
async function template(version: string, bin: string): Promise<string> {
  const uid = process.getuid?.() ?? 0
  const place = join(tmpdir(), `readywhen-postgres-${version}-${uid}`)
  const data = join(place, 'data')
  if (existsSync(data)) {
    if (statSync(place).uid !== (USER === undefined ? uid : userIds(USER).uid)) {
      throw new Error(`${place} belongs to somebody else`)
    }
    return data
  }
  const draft = own(mkdtempSync(join(tmpdir(), 'readywhen-initdb-')))
  const making = join(draft, 'data')
  const passwordFile = join(draft, 'password')
  writeFileSync(passwordFile, PASSWORD, { mode: 0o644 })
  try {
    await run(
      join(bin, 'initdb'),
      [
        '-D',
        making,
        '-U',
        'postgres',
        '-A',
        'scram-sha-256',
        '-E',
        'UTF8',
        '--no-sync',
        '--no-instructions',
        `--pwfile=${passwordFile}`,
      ],
      asUser(),
    )
    await run(join(bin, 'postgres'), ['--single', '-D', making, 'postgres'], {
      ...asUser(),
      input: `create role ${ADMIN} superuser login\n`,
    })
    rmSync(passwordFile)
    renameSync(draft, place)
  } catch (error) {
    if (!existsSync(data)) throw error
  } finally {
    rmSync(draft, { recursive: true, force: true })
  }
  return data
}
