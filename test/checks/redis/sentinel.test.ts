import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { makeAuthority } from '../../servers/certificates.ts'
import { startFakeRedis } from '../../servers/fake-redis.ts'
import { closedPort, startFault } from '../../servers/faults.ts'
import { type RedisServer, startRedis, startSentinel } from '../../servers/redis.ts'
import { assertFails, failureOf } from '../attempts.ts'
import { at, leftOpen, probe } from './probe.ts'

const SENTINEL_HINT =
  'sentinel= takes the addresses of sentinels (mostly port 26379), not those of the servers'

describe('a primary that sentinels know', () => {
  let primary: RedisServer
  let replica: RedisServer
  let sentinel: RedisServer
  let locked: RedisServer
  let gone: number
  before(async () => {
    gone = await closedPort()
    primary = await startRedis({ password: 'secret' })
    replica = await startRedis({
      config: [`replicaof 127.0.0.1 ${primary.port}`, 'masterauth secret', 'requirepass secret'],
    })
    const masters = {
      main: { port: primary.port, password: 'secret' },
      demoted: { port: replica.port },
      gone: { port: gone },
    }
    sentinel = await startSentinel({ masters })
    locked = await startSentinel({ masters, password: 'secret' })
  })
  after(() => Promise.all([locked, sentinel, replica, primary].map((each) => each.stop())))

  it('is ready', async () => {
    const detail = `PONG, primary 127.0.0.1:${primary.port}`
    assert.deepEqual(await probe(at(sentinel, '#sentinel=main', ':secret')), { detail })
    assert.deepEqual(await probe(at(sentinel, '/1#sentinel=main', ':secret')), { detail })
  })

  it('is found with the sentinels locked by the same password, or by one of their own', async () => {
    const detail = `PONG, primary 127.0.0.1:${primary.port}`
    assert.deepEqual(await probe(at(locked, '#sentinel=main', ':secret')), { detail })
    const text = at(locked, '?sentinel_password=secret#sentinel=main', ':secret')
    assert.deepEqual(await probe(text), { detail })
  })

  it('is found with the default user named, whose password the sentinels do not have', async () => {
    const detail = `PONG, primary 127.0.0.1:${primary.port}`
    const named = '?sentinel_username=default&sentinel_password=any#sentinel=main'
    assert.deepEqual(await probe(at(sentinel, named, 'default:secret')), { detail })
    assert.deepEqual(await probe(at(locked, '#sentinel=main', 'default:secret')), { detail })
  })

  it('is found though other sentinels are silent or gone', async () => {
    const silent = await startFault('silent')
    const hosts = [gone, silent.port, sentinel.port].map((port) => `127.0.0.1:${port}`).join()
    const { detail } = await probe(`redis://:secret@${hosts}#sentinel=main`)
    assert.equal(detail, `PONG, primary 127.0.0.1:${primary.port}`)
    assert.deepEqual(await leftOpen([silent]), [])
    await silent.stop()
  })

  it('is told apart from a replica that was a primary once', async () => {
    await assertFails(probe(at(sentinel, '#sentinel=demoted', ':secret')), {
      code: 'WRONG_ROLE',
      reason: `primary 127.0.0.1:${replica.port}: is a replica`,
    })
  })

  it('is not ready when it is gone', async () => {
    await assertFails(probe(at(sentinel, '#sentinel=gone')), {
      code: 'ECONNREFUSED',
      reason: `primary 127.0.0.1:${gone}: connection refused`,
      down: true,
    })
  })

  it('is not ready when it rejects the password', async () => {
    await assertFails(probe(at(sentinel, '#sentinel=main', ':wrong')), {
      code: 'WRONGPASS',
      reason: `primary 127.0.0.1:${primary.port}: password rejected`,
      lasting: true,
    })
  })

  it('must have a name that the sentinels know', async () => {
    await assertFails(probe(at(sentinel, '#sentinel=other')), {
      code: 'NO_MASTER',
      reason: 'sentinel: no primary is named "other"',
      hint: 'SENTINEL MASTERS lists the names',
      lasting: true,
    })
    const hosts = `127.0.0.1:${gone},127.0.0.1:${sentinel.port}`
    await assertFails(probe(`${hosts}#sentinel=other`), {
      reason: `sentinels: 127.0.0.1:${sentinel.port}: no primary is named "other"`,
      lasting: true,
    })
  })

  it('is not found by sentinels that are locked', async () => {
    for (const [rest, userInfo, code, reason] of [
      ['', '', 'NOAUTH', 'sentinel: a password is required'],
      ['', ':wrong', 'WRONGPASS', 'sentinel: password rejected'],
      ['?sentinel_password=wrong', ':secret', 'WRONGPASS', 'sentinel: password rejected'],
    ] as const) {
      await assertFails(probe(at(locked, `${rest}#sentinel=main`, userInfo)), { code, reason, lasting: true })
    }
  })

  it('is not found when all sentinels are down', async () => {
    const hosts = [gone, await closedPort()].map((port) => `127.0.0.1:${port}`).join()
    await assertFails(probe(`${hosts}#sentinel=main`), {
      code: 'ECONNREFUSED',
      reason: 'sentinels: connection refused',
      down: true,
    })
  })

  it('is not found by servers that are no sentinels', async () => {
    await assertFails(probe(at(primary, '#sentinel=main', ':secret')), {
      code: 'NOT_SENTINEL',
      reason: 'sentinel: knows no SENTINEL commands',
      hint: SENTINEL_HINT,
      lasting: true,
    })
    for (const answer of [
      '+OK\r\n',
      '*0\r\n',
      '*2\r\n$1\r\na\r\n$1\r\nb\r\n',
      '*2\r\n$4\r\na@b:\r\n:1\r\n',
    ]) {
      const fake = await startFakeRedis(() => answer)
      await assertFails(probe(at(fake, '#sentinel=main')), {
        code: 'NOT_SENTINEL',
        reason: 'sentinel: the answer is not an address',
        lasting: true,
      })
      await fake.stop()
    }
  })

  it('is not found when sentinels disagree in why', async () => {
    const http = await startFault('answer', { text: 'HTTP/1.1 400 Bad Request\r\n' })
    const closing = await startFault('close-when-asked')
    const hosts = [http, closing].map(({ port }) => `127.0.0.1:${port}`).join()
    const failure = await failureOf(probe(`${hosts}#sentinel=main`))
    assert.ok(
      failure.reason.includes(`127.0.0.1:${http.port}: not Redis: answered "HTTP/1.1 400 Bad Request"`),
    )
    assert.ok(failure.reason.includes(`127.0.0.1:${closing.port}: connection closed by peer`))
    assert.equal(failure.lasting, false)
    await Promise.all([http.stop(), closing.stop()])
  })

  it('is not believed to be one when it is a sentinel', async () => {
    await assertFails(probe(at(sentinel, '#role=primary')), {
      code: 'WRONG_ROLE',
      reason: 'is a sentinel',
      hint: 'sentinel=NAME asks it for the primary of that name',
      lasting: true,
    })
  })
})

it('sentinels and their primary may speak TLS', async () => {
  const authority = makeAuthority()
  const tls = authority.issue({ ips: ['127.0.0.1'] })
  const primary = await startRedis({ tls })
  const sentinel = await startSentinel({ masters: { main: { port: primary.port } }, tls })
  const { detail } = await probe(`rediss://127.0.0.1:${sentinel.port}#sentinel=main&ca=${authority.caFile}`)
  assert.equal(detail, `PONG, primary 127.0.0.1:${primary.port}`)
  await Promise.all([sentinel.stop(), primary.stop()])
})
