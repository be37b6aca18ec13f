import assert from 'node:assert/strict'
import { test } from 'node:test'
import { harmless, used } from '../../../src/checks/postgres/known-parameters.ts'
import { parseTarget } from '../../../src/checks/postgres/target.ts'
import { UsageError } from '../../../src/plan/usage-error.ts'

type Env = Readonly<Record<string, string>>

function parse(query: string, env: Env = {}, options: Parameters<typeof parseTarget>[1] = {}) {
  const text = /\bhost=|^$/.test(query) ? query || 'host=db' : `host=db ${query}`
  const readFile = () => '[here]\nsslcrl=/crl\n'
  return parseTarget(text, options, { env, readFile })
}

/**
 * Every parameter of libpq (PostgreSQL 18, 34.1.2) that narrows what the client may accept, or changes what it asks, with
 * its variable (34.15): a value that is taken, and one that is refused, or where it ends up.
 */
const narrowing: readonly (readonly [
  name: string,
  variable: string | undefined,
  taken: readonly string[],
  refused: readonly string[],
])[] = [
  ['channel_binding', 'PGCHANNELBINDING', ['disable', 'prefer', 'require'], ['required', '1']],
  [
    'require_auth',
    'PGREQUIREAUTH',
    ['scram-sha-256', 'password,md5', 'none', '!password,!md5', '!none', 'gss', 'sspi', 'oauth'],
    ['scram', 'md5,!password', '!md5,password', 'md5,md5', '!none,!none', 'md5,', ',', '!'],
  ],
  ['sslcertmode', 'PGSSLCERTMODE', ['disable', 'allow'], ['require', 'never']],
  ['sslsni', 'PGSSLSNI', ['0', '1'], ['2']],
  [
    'ssl_min_protocol_version',
    'PGSSLMINPROTOCOLVERSION',
    ['TLSv1', 'TLSv1.1', 'tlsv1.2', 'TLSv1.3'],
    ['TLSv1.4', '1.2'],
  ],
  ['ssl_max_protocol_version', 'PGSSLMAXPROTOCOLVERSION', ['TLSv1.2', 'TLSv1.3'], ['TLSv1', 'TLSv1.1', 'x']],
  ['sslcrl', 'PGSSLCRL', [], ['/crl.pem']],
  ['sslcrldir', 'PGSSLCRLDIR', [], ['/crls']],
  ['gssencmode', 'PGGSSENCMODE', ['disable', 'prefer'], ['require', 'yes']],
  ['min_protocol_version', 'PGMINPROTOCOLVERSION', ['3.0'], ['3.2', 'latest', '2.0']],
  ['max_protocol_version', undefined, ['3.0', '3.2', 'latest'], ['2.0']],
  ['replication', undefined, ['false', 'off', '0', 'no'], ['true', 'on', '1', 'yes', 'database']],
  ['scram_client_key', undefined, [], ['c2VjcmV0']],
  ['scram_server_key', undefined, [], ['c2VjcmV0']],
  ['sslmode', 'PGSSLMODE', ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'], ['on']],
  ['sslnegotiation', 'PGSSLNEGOTIATION', ['postgres'], ['tls', 'direct']],
  [
    'target_session_attrs',
    'PGTARGETSESSIONATTRS',
    ['any', 'read-write', 'read-only', 'primary', 'standby', 'prefer-standby'],
    ['master'],
  ],
]
for (const [name, variable, taken, refused] of narrowing) {
  for (const value of taken) {
    test(`takes ${name}=${value}`, () => {
      parse(`${name}=${value}`)
      if (variable !== undefined) parse('', { [variable]: value })
    })
  }
  for (const value of refused) {
    test(`refuses ${name}=${value}`, () => {
      const isRefusal = (error: unknown): boolean =>
        error instanceof UsageError && /^has /.test(error.message) && !/\/crl|c2Vj/.test(error.message)
      assert.throws(() => parse(`${name}='${value}'`), isRefusal)
      if (variable !== undefined) assert.throws(() => parse('', { [variable]: value }), isRefusal)
    })
  }
  test(`takes an empty ${name} for none, as libpq does`, () => {
    parse(`${name}=''`)
    if (variable !== undefined) parse('', { [variable]: '' })
  })
}

const meant: readonly (readonly [string, Env, object])[] = [
  ['', {}, { authentication: { channelBinding: 'prefer' } }],
  ['channel_binding=require', {}, { authentication: { channelBinding: 'require' } }],
  ['', { PGCHANNELBINDING: 'require' }, { authentication: { channelBinding: 'require' } }],
  [
    'channel_binding=disable',
    { PGCHANNELBINDING: 'require' },
    { authentication: { channelBinding: 'disable' } },
  ],
  ['requiressl=1', {}, { encryption: { mode: 'require', direct: false } }],
  ['requiressl=0', {}, { encryption: { mode: 'prefer', direct: false } }],
  ['', { PGREQUIRESSL: '1' }, { encryption: { mode: 'require', direct: false } }],
  ['sslcertmode=disable sslcert=/c sslkey=/k', {}, { tls: { verify: 'none' } }],
  ['sslsni=0', {}, { tls: { verify: 'none', sni: false } }],
  ['ssl_min_protocol_version=TLSv1.3', {}, { tls: { verify: 'none', minVersion: 'TLSv1.3' } }],
  ['ssl_min_protocol_version=TLSv1.2', {}, { tls: { verify: 'none' } }],
  ['ssl_max_protocol_version=tlsv1.2', {}, { tls: { verify: 'none', maxVersion: 'TLSv1.2' } }],
  ['ssl_max_protocol_version=TLSv1.3', {}, { tls: { verify: 'none' } }],
]
for (const [query, env, expected] of meant) {
  test(`applies "${query}" ${JSON.stringify(env)}`, () => {
    assert.partialDeepStrictEqual(parse(query, env), expected)
    for (const [part, value] of Object.entries(expected)) {
      assert.deepEqual(parse(query, env)[part as 'tls'], value)
    }
  })
}

test('leaves the methods of require_auth that are named, or all but those', () => {
  const methods = (text: string) => [
    ...(parse(`require_auth=${text}`).authentication.required?.methods ?? []),
  ]
  assert.deepEqual(methods('md5,none'), ['md5', 'none'])
  assert.deepEqual(methods('!md5,!none'), ['password', 'gss', 'sspi', 'scram-sha-256', 'oauth'])
})

const refused: readonly (readonly [string, Env, RegExp])[] = [
  ['requirepeer=postgres host=/run/pg', {}, /^has requirepeer=postgres, .*Unix socket/],
  ['host=/run/pg', { PGREQUIREPEER: 'postgres' }, /^has PGREQUIREPEER=postgres, /],
  ['sslcrl=/crl.pem', {}, /^has sslcrl, which is not supported: readywhen looks at no revocation list$/],
  ['service=here servicefile=/services', {}, /^has sslcrl, /],
  ['', { PGGSSENCMODE: 'require' }, /^has PGGSSENCMODE=require, which is not supported: .*GSSAPI$/],
  ['ssl_min_protocol_version=TLSv1.3 ssl_max_protocol_version=TLSv1.2', {}, /max_protocol_version below/],
  ['require_auth=scram-sha256', {}, /did you mean "scram-sha-256"\?/],
]
for (const [query, env, message] of refused) {
  test(`says why it refuses "${query}" ${JSON.stringify(env)}`, () => {
    assert.throws(
      () => parse(query, env),
      (error) => {
        assert.ok(error instanceof UsageError)
        assert.match(error.message, message)
        return true
      },
    )
  })
}

test('takes what means nothing on the connection at hand', () => {
  parse('requirepeer=postgres')
  parse('sslmode=disable sslcrl=/crl.pem sslcrldir=/crls')
  parse('gssencmode=disable', { PGGSSENCMODE: 'require' })
})

test('refuses cert= where no certificate may be sent', () => {
  assert.throws(() => parse('sslcertmode=disable', {}, { cert: '/c' }), /cert= with sslcertmode=disable/)
})

test('every parameter of the manual is here, and passed over only when it makes the client no pickier', () => {
  // The names of 34.1.2, less those that say where, as whom, how long and with which files to connect.
  const elsewhere =
    'host hostaddr port dbname user password passfile service servicefile connect_timeout options application_name fallback_application_name sslrootcert sslcert sslkey load_balance_hosts requirepeer'
  const passedOver =
    'client_encoding keepalives keepalives_idle keepalives_interval keepalives_count tcp_user_timeout krbsrvname gsslib gssdelegation oauth_issuer oauth_client_id oauth_client_secret oauth_scope sslcompression sslkeylogfile sslpassword max_protocol_version'
  const known = Object.keys({ ...used, ...harmless }).sort()
  const listed = [...elsewhere.split(' '), ...passedOver.split(' '), ...narrowing.map(([name]) => name)]
  assert.deepEqual([...new Set(listed)].sort(), known)
  assert.deepEqual(Object.keys(harmless).sort(), passedOver.split(' ').sort())
})
