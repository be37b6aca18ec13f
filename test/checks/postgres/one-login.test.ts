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
import { until } from '../../servers/until.ts'
import { tryProbe } from './try-probe.ts'

const certificate = makeAuthority().issue({ names: ['localhost'], ips: ['127.0.0.1'] })

/** What a server does with a client that has begun; `got` is told of each password. */
type Behaviour = (client: FakeClient, got: () => void) => Promise<void>

const asks = async (client: FakeClient, got: () => void): Promise<void> => {
  client.send(authentication(3))
  await client.message()
  got()
}
const rejects =
  (code: string, message: string): Behaviour =>
  async (client, got) => {
    await asks(client, got)
    client.send(serverError(code, message))
    client.end()
  }
/** Lets the client in: a primary. */
const admits: Behaviour = async (client, got) => {
  await asks(client, got)
  client.send(authentication(0), packet('S', 'server_version\x0017.2\0'), READY)
  await client.serve((text) => [text === 'SELECT 1' ? '1' : 'f'])
}
const says =
  (code: string, message: string): Behaviour =>
  async (client) => {
    client.send(serverError(code, message))
    client.end()
  }

interface Counted {
  readonly passwords: number
  readonly reason: string
  readonly lasting: boolean | undefined
  readonly rejectsLogin: boolean | undefined
}

async function attempt(behaviours: readonly Behaviour[], more = '', encrypted = false): Promise<Counted> {
  let passwords = 0
  const servers = await Promise.all(
    behaviours.map((behaviour) =>
      startFakePostgres(
        async (client) => {
          await client.startUp()
          await behaviour(client, () => {
            passwords += 1
          })
        },
        encrypted ? certificate : undefined,
      ),
    ),
  )
  const hosts = servers.map(() => '127.0.0.1').join()
  const ports = servers.map(({ port }) => port).join()
  const { detail, failure } = await tryProbe(
    `host=${hosts} port=${ports} user=app dbname=app password=wrong ${more}`,
  )
  await until(() => servers.every((server) => server.open() === 0), 'all connections to be closed')
  await Promise.all(servers.map((server) => server.stop()))
  return {
    passwords,
    reason: detail ?? failure?.reason ?? '',
    lasting: failure?.lasting,
    rejectsLogin: failure?.rejectsLogin,
  }
}

const wrong: readonly (readonly [string, Behaviour])[] = [
  ['28P01', rejects('28P01', 'password authentication failed for user "app"')],
  ['28000 of LDAP', rejects('28000', 'LDAP authentication failed for user "app"')],
  ['28000 of PAM', rejects('28000', 'PAM authentication failed for user "app"')],
  ['a word of PgBouncer', rejects('08P01', 'SASL authentication failed')],
  ['a code that tells nothing', rejects('XX000', 'computer says no')],
]
const ways: readonly (readonly [string, number, string, boolean])[] = [
  ['one host', 1, '', false],
  ['prefer, with TLS', 1, '', true],
  ['allow', 1, 'sslmode=allow', true],
  ['several hosts', 3, '', false],
  ['several hosts with TLS', 3, '', true],
  ['prefer-standby', 2, 'target_session_attrs=prefer-standby', false],
  [
    'prefer-standby at random, with TLS',
    3,
    'target_session_attrs=prefer-standby load_balance_hosts=random',
    true,
  ],
]
for (const [answer, behaviour] of wrong) {
  for (const [way, count, more, encrypted] of ways) {
    test(`gives a wrong password once: ${answer}, ${way}`, async () => {
      const { passwords, reason, rejectsLogin } = await attempt(Array(count).fill(behaviour), more, encrypted)
      assert.notEqual(reason, '')
      assert.equal(passwords, 1)
      assert.equal(rejectsLogin, true)
    })
  }
}

test('gives no password to the next host while the first one thinks about it', async () => {
  // Longer than it takes for the next host to be tried beside it, as `auth_delay` does.
  const slow: Behaviour = async (client, got) => {
    await asks(client, got)
    await new Promise((resolve) => setTimeout(resolve, 1800))
    client.send(serverError('28P01', 'password authentication failed for user "app"'))
    client.end()
  }
  const { passwords, reason, lasting } = await attempt([slow, slow])
  assert.equal(passwords, 1)
  assert.match(reason, /password rejected for user app$/)
  assert.equal(lasting, true)
})

test('goes on to the next host when the login had nothing to do with the password', async () => {
  for (const behaviour of [
    says('57P03', 'the database system is starting up'),
    rejects('53300', 'sorry, too many clients already'),
    rejects('08P01', 'server login has been failing, try again later (server_login_retry)'),
  ]) {
    assert.equal((await attempt([behaviour, admits])).reason, 'PostgreSQL 17.2')
  }
  const closes: Behaviour = async (client, got) => {
    await asks(client, got)
    client.reset()
  }
  assert.equal((await attempt([closes, admits])).reason, 'PostgreSQL 17.2')
})

test('gives a good password to every host that is asked', async () => {
  const { passwords, reason } = await attempt([admits, admits], 'target_session_attrs=prefer-standby')
  assert.equal(reason, 'PostgreSQL 17.2')
  assert.equal(passwords, 3)
})

test('a host that hangs behind the login does not hold up the next', async () => {
  const hangs: Behaviour = async (client, got) => {
    await asks(client, got)
    client.send(authentication(0))
    await client.message()
  }
  assert.equal((await attempt([hangs, admits])).reason, 'PostgreSQL 17.2')
})
