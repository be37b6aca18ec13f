import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { parseTarget } from '../../../src/checks/postgres/target.ts'
import { UsageError } from '../../../src/plan/usage-error.ts'

type Env = Readonly<Record<string, string>>
type Options = Parameters<typeof parseTarget>[1]

function parse(text: string, env: Env = {}, options: Options = {}, files: Env = {}) {
  return parseTarget(text, options, {
    env,
    readFile(path) {
      const content = files[path]
      if (content === undefined) throw new UsageError(`cannot read ${path}`)
      return content
    },
  })
}

function refuses(message: RegExp, text: string, env: Env = {}, options: Options = {}, files: Env = {}): void {
  assert.throws(
    () => parse(text, env, options, files),
    (error) => error instanceof UsageError && message.test(error.message),
  )
}

const shown: readonly (readonly [string, string, Env?])[] = [
  ['postgres://app:secret@db/app', 'postgres://app@db:5432/app'],
  ['host=db user=app password=secret', 'postgres://app@db:5432/app'],
  ['postgres://app:secret@db1,db2:5433/x', 'postgres://app@db1:5432,db2:5433/x'],
  ['postgres://app@[::1]/x', 'postgres://app@[::1]:5432/x'],
  ['postgres://app@%2Frun%2Fpg/x', 'postgres://app@/x?host=/run/pg'],
  ['host=/run/pg port=6432 user=app', 'postgres://app@:6432/app?host=/run/pg'],
  ['host=/run/pg,db user=app', 'postgres://app@/app?host=/run/pg,db'],
  ['postgres://app:pw@db/x?sslmode=require&sslpassword=secret', 'postgres://app@db:5432/x?sslmode=require'],
  ['postgres://a%2Fb:pw@db/c%3Fd', 'postgres://a%2Fb@db:5432/c%3Fd'],
  [
    'postgres://app@db/x?target_session_attrs=read-write',
    'postgres://app@db:5432/x?target_session_attrs=read-write',
  ],
  ['host=name hostaddr=10.0.0.1 user=app', 'postgres://app@name:5432/app'],
  ['postgres://', 'postgres://postgres@localhost:5432/postgres'],
  ['postgres://', 'postgres://me@localhost:5432/me', { USER: 'me', LOGNAME: 'you' }],
  ['postgres://', 'postgres://you@localhost:5432/you', { LOGNAME: 'you' }],
  [
    'postgres://',
    'postgres://u@h:1/d',
    { PGUSER: 'u', PGHOST: 'h', PGPORT: '1', PGDATABASE: 'd', PGPASSWORD: 'secret', USER: 'me' },
  ],
  ['postgres://x@y:2/z', 'postgres://x@y:2/z', { PGUSER: 'u', PGHOST: 'h', PGPORT: '1', PGDATABASE: 'd' }],
  ['postgres://y,z', 'postgres://postgres@y:1,z:1/postgres', { PGPORT: '1' }],
]
for (const [text, expected, env] of shown) {
  test(`shows ${text} as ${expected}`, () => assert.equal(parse(text, env).shown, expected))
}

test('keeps every secret out of what is shown or inspected, and in the list of secrets', () => {
  const target = parse("host=db user=app password='s1 x' sslpassword=s2 oauth_client_secret=s3")
  assert.deepEqual(target.secrets.map((secret) => secret.reveal()).sort(), ['s1 x', 's2', 's3'])
  assert.doesNotMatch(inspect(target, { depth: 9 }) + JSON.stringify(target), /s[123]/)
  assert.equal(parse('postgres://', { PGPASSWORD: 's5' }).secrets[0]?.reveal(), 's5')
})

test('connects to hostaddr and keeps the name for the certificate', () => {
  const target = parse('host=a,b hostaddr=10.0.0.1,10.0.0.2 port=1,2')
  assert.deepEqual(target.hosts, [
    { endpoint: { host: '10.0.0.1', port: 1 }, name: 'a', port: 1 },
    { endpoint: { host: '10.0.0.2', port: 2 }, name: 'b', port: 2 },
  ])
})

test('makes the socket of a directory as the server does', () => {
  const [host] = parse('host=/run/pg/ port=6432').hosts
  assert.deepEqual(host.endpoint, { path: '/run/pg/.s.PGSQL.6432' })
})

test('sends the name readywhen unless another is given, and options when there are some', () => {
  assert.deepEqual(parse('postgres://').startup, { application_name: 'readywhen' })
  assert.deepEqual(parse('postgres://?fallback_application_name=x').startup, { application_name: 'x' })
  assert.deepEqual(parse('postgres://', { PGAPPNAME: 'y', PGOPTIONS: '-c a=b' }).startup, {
    application_name: 'y',
    options: '-c a=b',
  })
})

test('looks for the password file in PGPASSFILE or the home directory', () => {
  assert.equal(parse('postgres://', { HOME: '/home/me' }).passfile, '/home/me/.pgpass')
  assert.equal(parse('postgres://', { HOME: '/home/me', PGPASSFILE: '/p' }).passfile, '/p')
  assert.equal(parse('passfile=/q user=x', { PGPASSFILE: '/p' }).passfile, '/q')
  assert.equal(parse('postgres://').passfile, undefined)
})

test('takes connect_timeout in seconds, and 0 for none', () => {
  assert.equal(parse('postgres://?connect_timeout=2').hostTimeoutMs, 2000)
  assert.equal(parse('postgres://', { PGCONNECT_TIMEOUT: '3' }).hostTimeoutMs, 3000)
  assert.equal(parse('postgres://?connect_timeout=0').hostTimeoutMs, undefined)
  refuses(/connect_timeout of whole seconds/, 'postgres://?connect_timeout=soon')
})

const services = {
  '/home/me/.pg_service.conf':
    '# mine\n[other]\nhost=no\n\n[prod]\nhost=db\nuser=svc\n# x\nport=1\n[last]\nhost=no\n',
  '/etc/pg/pg_service.conf': '[prod]\nhost=wrong\n[system]\nhost=sys\n',
  '/broken': '[prod]\nhost\n',
}
const SERVICE_ENV = { HOME: '/home/me', PGSYSCONFDIR: '/etc/pg' }

test('takes what the target does not say from its service, and that before the variables', () => {
  const env = { ...SERVICE_ENV, PGUSER: 'env', PGDATABASE: 'env' }
  assert.equal(parse('postgres://?service=prod', env, {}, services).shown, 'postgres://svc@db:1/env')
  assert.equal(parse('service=prod port=2', env, {}, services).shown, 'postgres://svc@db:2/env')
  assert.equal(
    parse('postgres://', { ...SERVICE_ENV, PGSERVICE: 'system' }, {}, services).hosts[0].name,
    'sys',
  )
  assert.equal(
    parse('postgres://', { PGSERVICE: 'system', PGSERVICEFILE: '/etc/pg/pg_service.conf' }, {}, services)
      .hosts[0].name,
    'sys',
  )
})

test('refuses a service that is nowhere, and a service file that is none', () => {
  refuses(/in no service file/, 'service=nix', SERVICE_ENV, {}, services)
  refuses(/in no service file/, 'service=prod', {}, {}, services)
  refuses(/not key=value/, 'service=prod servicefile=/broken', {}, {}, services)
})

const contradictions: readonly (readonly [string, RegExp, Env?, Options?])[] = [
  ['host=a,b port=1,2,3', /has 3 ports for 2 hosts/],
  ['host=a,b hostaddr=10.0.0.1', /has 2 in host but 1 in hostaddr/],
  ['postgres://db:0/', /port from 1 to 65535/],
  ['postgres://db:99999/', /port from 1 to 65535/],
  ['host=db port=x', /port from 1 to 65535/],
  ['host=@abstract', /abstract Unix socket/],
  ['host=a/b', /character in a host name that no host has/],
  ['postgres://', /unknown PGSSLMODE.*must be disable/, { PGSSLMODE: 'on' }],
  ['postgres://?sslmode=disable', /ca= with sslmode=disable/, {}, { ca: '/ca' }],
  ['postgres://?sslrootcert=system&sslmode=require', /must be verify-full/],
  ['postgres://?sslnegotiation=direct', /must be require or stricter/],
  ['postgres://?sslkey=/k', /sslkey without sslcert/],
  ['postgres://', /key= without cert=/, {}, { key: '/k' }],
]
for (const [text, message, env, options] of contradictions) {
  test(`refuses ${text} ${JSON.stringify({ ...env, ...options })}`, () =>
    refuses(message, text, env, options))
}

const encryptions: readonly (readonly [string, object, object, Env?, Options?])[] = [
  ['', { mode: 'prefer', direct: false }, { verify: 'none' }],
  ['sslmode=disable', { mode: 'disable', direct: false }, { verify: 'none' }],
  ['sslmode=allow', { mode: 'allow', direct: false }, { verify: 'none' }],
  ['sslmode=require', { mode: 'require', direct: false }, { verify: 'none' }],
  [
    'sslmode=require&sslrootcert=/ca',
    { mode: 'require', direct: false },
    { ca: '/ca', verify: 'ca if there' },
  ],
  ['sslrootcert=/ca', { mode: 'prefer', direct: false }, { ca: '/ca', verify: 'ca if there' }],
  ['sslmode=verify-ca', { mode: 'require', direct: false }, { verify: 'ca' }],
  [
    'sslmode=verify-full&sslrootcert=/ca',
    { mode: 'require', direct: false },
    { ca: '/ca', verify: 'full', commonName: true },
  ],
  ['sslrootcert=system', { mode: 'require', direct: false }, { verify: 'full', commonName: true }],
  ['sslmode=require&sslnegotiation=direct', { mode: 'require', direct: true }, { verify: 'none' }],
  ['sslcert=/c&sslkey=/k', { mode: 'prefer', direct: false }, { cert: '/c', key: '/k', verify: 'none' }],
  [
    '',
    { mode: 'require', direct: false },
    { verify: 'full', commonName: true },
    { PGSSLMODE: 'verify-full' },
  ],
  ['', { mode: 'require', direct: false }, { verify: 'none' }, { PGREQUIRESSL: '1' }],
  ['', { mode: 'require', direct: false }, { ca: '/o', verify: 'full', commonName: true }, {}, { ca: '/o' }],
  ['sslmode=require', { mode: 'require', direct: false }, { ca: '/o', verify: 'ca' }, {}, { ca: '/o' }],
  [
    'sslrootcert=/ca&sslmode=verify-full',
    { mode: 'require', direct: false },
    { ca: '/o', verify: 'full', commonName: true },
    {},
    { ca: '/o' },
  ],
  [
    'sslmode=verify-full&sslrootcert=/ca',
    { mode: 'require', direct: false },
    { verify: 'none' },
    {},
    { insecure: true },
  ],
  [
    'sslcert=/c&sslkey=/k',
    { mode: 'prefer', direct: false },
    { cert: '/o', verify: 'none' },
    {},
    { cert: '/o' },
  ],
  [
    'sslmode=verify-full',
    { mode: 'require', direct: false },
    { servername: 'x', verify: 'full', commonName: true },
    {},
    { servername: 'x' },
  ],
]
for (const [query, encryption, tls, env, options] of encryptions) {
  test(`reads the encryption of "${query}" ${JSON.stringify({ ...env, ...options })}`, () => {
    const target = parse(`postgres://db?${query}`, env, options)
    assert.deepEqual(target.encryption, encryption)
    assert.deepEqual(target.tls, tls)
  })
}
