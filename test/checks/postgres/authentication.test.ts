import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeAuthority } from '../../servers/certificates.ts'
import {
  authentication,
  type FakeClient,
  packet,
  READY,
  serverError,
  startFakePostgres,
} from '../../servers/fake-postgres.ts'
import { type ScramLogin, scramLogin } from '../../servers/fake-scram.ts'
import { answers } from './scripts.ts'
import { assertFailed, tryProbe } from './try-probe.ts'

const PASSWORD = 'hunter2'
const BOTH = ['SCRAM-SHA-256-PLUS', 'SCRAM-SHA-256']
const certificate = makeAuthority().issue({ names: ['localhost'], ips: ['127.0.0.1'] })

/** What a server asks for; it lets in whoever answers, and notes what it was sent. */
type Asks = (client: FakeClient, heard: Buffer[]) => Promise<void>

const lets: Asks = async () => {}
const clear: Asks = async (client, heard) => {
  client.send(authentication(3))
  heard.push((await client.message()).body)
}
const md5: Asks = async (client, heard) => {
  client.send(authentication(5, 'salt'))
  heard.push((await client.message()).body)
}
const scram =
  (mechanisms: readonly string[], login: (login: ScramLogin) => void = () => {}): Asks =>
  async (client) =>
    login(await scramLogin(client, { password: PASSWORD, mechanisms, certFile: certificate.certFile }))
/** Breaks off in the middle: the server has not proved that it knows the password. */
const halfScram: Asks = async (client, heard) => {
  client.send(authentication(10, `${BOTH.map((each) => `${each}\0`).join('')}\0`))
  heard.push((await client.message()).body)
}
const late: Asks = async (client, heard) => {
  client.send(authentication(0), authentication(3))
  heard.push((await client.message()).body)
}
const twice: Asks = async (client, heard) => {
  await halfScram(client, heard)
  await clear(client, heard)
}

interface Tried {
  readonly outcome: Awaited<ReturnType<typeof tryProbe>>
  readonly heard: readonly Buffer[]
  readonly connections: number
}

async function attempt(asks: Asks, more: string, encrypted = true): Promise<Tried> {
  const heard: Buffer[] = []
  const server = await startFakePostgres(
    async (client) => {
      await client.startUp()
      await asks(client, heard)
      client.send(authentication(0), packet('S', 'server_version\x0017.2\0'), READY)
      await client.serve(answers)
    },
    encrypted ? certificate : undefined,
  )
  const target = `host=127.0.0.1 port=${server.port} user=app dbname=app password=${PASSWORD}`
  const outcome = await tryProbe(`${target} ${more}`)
  const connections = server.connections()
  await server.stop()
  return { outcome, heard, connections }
}

const REQUIRE = 'channel_binding=require'
const allowed: readonly (readonly [string, Asks, string, boolean?])[] = [
  ['a server that binds', scram(BOTH), REQUIRE],
  ['a server that does nothing but bind', scram(['SCRAM-SHA-256-PLUS']), REQUIRE],
  ['a server that binds', scram(BOTH), ''],
  ['a server that does nothing but bind', scram(['SCRAM-SHA-256-PLUS']), ''],
  ['a server that cannot bind', scram(['SCRAM-SHA-256']), ''],
  ['a server that cannot bind', scram(['SCRAM-SHA-256']), 'channel_binding=disable'],
  ['a server without TLS', scram(['SCRAM-SHA-256']), '', false],
  ['SCRAM', scram(BOTH), 'require_auth=scram-sha-256'],
  ['SCRAM', scram(BOTH), 'require_auth=!password,!md5,!none'],
  ['SCRAM', scram(BOTH), `require_auth=scram-sha-256 ${REQUIRE}`],
  ['a password in clear text', clear, 'require_auth=md5,password'],
  ['MD5', md5, 'require_auth=md5', false],
  ['no authentication', lets, 'require_auth=none'],
  ['no authentication', lets, 'require_auth=!password'],
]
for (const [title, asks, more, encrypted] of allowed) {
  test(`takes ${title} with "${more}"`, async () => {
    const { outcome } = await attempt(asks, more, encrypted)
    assert.equal(outcome.detail ?? outcome.failure?.reason, 'PostgreSQL 17.2')
  })
}

const flags: readonly (readonly [string, readonly string[], boolean, string, string])[] = [
  ['', BOTH, true, 'SCRAM-SHA-256-PLUS', 'p=tls-server-end-point'],
  ['', ['SCRAM-SHA-256'], true, 'SCRAM-SHA-256', 'y'],
  ['channel_binding=disable', BOTH, true, 'SCRAM-SHA-256', 'n'],
  ['', ['SCRAM-SHA-256'], false, 'SCRAM-SHA-256', 'n'],
]
for (const [more, offered, encrypted, mechanism, flag] of flags) {
  test(`says ${flag} to ${offered.join(' and ')} with "${more}"${encrypted ? '' : ' without TLS'}`, async () => {
    let login: ScramLogin | undefined
    await attempt(
      scram(offered, (each) => {
        login = each
      }),
      more,
      encrypted,
    )
    assert.deepEqual([login?.mechanism, login?.flag, login?.proved], [mechanism, flag, true])
  })
}

const METHOD = 'AUTHENTICATION_METHOD'
const BINDING = 'CHANNEL_BINDING'
const turnedDown: readonly (readonly [string, Asks, string, string, RegExp, boolean?])[] = [
  [
    'a password in clear text',
    clear,
    REQUIRE,
    BINDING,
    /^channel binding required, but server asks for a .*clear/,
  ],
  ['MD5', md5, REQUIRE, BINDING, /^channel binding required, but server asks for MD5/],
  ['no authentication', lets, REQUIRE, BINDING, /^channel binding required, but server lets the client in/],
  ['half a SCRAM exchange', halfScram, REQUIRE, BINDING, /server lets the client in without it$/],
  ['another request in the middle', twice, REQUIRE, BINDING, /clear text$/],
  ['SCRAM that does not bind', scram(['SCRAM-SHA-256']), REQUIRE, BINDING, /server does not offer it$/],
  ['OAuth', scram(['OAUTHBEARER']), REQUIRE, BINDING, /server does not offer it$/],
  ['SCRAM without TLS', scram(BOTH), REQUIRE, BINDING, /the connection is without TLS$/, false],
  ['SCRAM without TLS', scram(BOTH), `${REQUIRE} sslmode=disable`, BINDING, /without TLS$/, false],
  ['SCRAM without TLS', scram(BOTH), `${REQUIRE} sslmode=allow`, BINDING, /without TLS$/],
  ['a password without TLS', clear, REQUIRE, BINDING, /clear text$/, false],
  ['nothing without TLS', lets, REQUIRE, BINDING, /lets the client in/, false],
  ['no TLS', scram(BOTH), `${REQUIRE} sslmode=require`, 'NO_TLS', /does not do TLS/, false],
  [
    'a password',
    clear,
    'require_auth=scram-sha-256',
    METHOD,
    /for a password in clear text, which require_auth=/,
  ],
  ['a password', clear, 'require_auth=!password', METHOD, /which require_auth=!password does not allow$/],
  ['a password', clear, 'require_auth=none', METHOD, /which require_auth=none does not allow$/],
  ['MD5', md5, 'require_auth=password,scram-sha-256', METHOD, /for MD5 authentication/, false],
  ['SCRAM', scram(BOTH), 'require_auth=md5', METHOD, /for SASL authentication/],
  [
    'no authentication',
    lets,
    'require_auth=scram-sha-256',
    METHOD,
    /lets the client in without authentication/,
  ],
  ['no authentication', lets, 'require_auth=!none', METHOD, /lets the client in without authentication/],
  ['half a SCRAM exchange', halfScram, 'require_auth=scram-sha-256', METHOD, /lets the client in without/],
  ['another request', twice, 'require_auth=scram-sha-256', METHOD, /for a password in clear text/],
  ['a request after the login', late, '', 'PROTOCOL', /broken PostgreSQL protocol/],
  ['a request after the login', late, 'require_auth=none', 'PROTOCOL', /broken PostgreSQL protocol/],
]
for (const [title, asks, more, code, reason, encrypted] of turnedDown) {
  test(`refuses ${title} with "${more}", and sends no password`, async () => {
    const { outcome, heard } = await attempt(asks, more, encrypted)
    assertFailed(outcome, { code, reason, lasting: true })
    // Of SCRAM no more than its first message, which has nothing of the password in it.
    const foreign = heard.filter((body) => !body.toString().startsWith('SCRAM-SHA-256'))
    assert.deepEqual(foreign, [])
  })
}

test('channel_binding=require holds in the second try of allow too', async () => {
  let count = 0
  const asks: Asks = async (client, heard) => {
    count += 1
    if (count > 1) return scram(BOTH)(client, heard)
    client.send(serverError('28000', 'no pg_hba.conf entry for host "x"'))
    client.end()
    await client.message()
  }
  const { outcome, connections } = await attempt(asks, `${REQUIRE} sslmode=allow`)
  assert.equal(outcome.detail ?? outcome.failure?.reason, 'PostgreSQL 17.2')
  assert.equal(connections, 2)
})
