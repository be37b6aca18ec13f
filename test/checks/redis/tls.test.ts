import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { makeAuthority } from '../../servers/certificates.ts'
import { type RedisServer, startRedis } from '../../servers/redis.ts'
import { until } from '../../servers/until.ts'
import { assertFails, failureOf, watchedAttempt } from '../attempts.ts'
import { at, probe } from './probe.ts'

const authority = makeAuthority()
const secured = (server: RedisServer, rest = '', userInfo = ''): string =>
  at(server, rest, userInfo).replace('redis:', 'rediss:')

describe('a Redis that speaks TLS', () => {
  const client = authority.issue({ names: ['client'] })
  let server: RedisServer
  let strict: RedisServer
  let named: RedisServer
  let expired: RedisServer
  before(async () => {
    const tls = authority.issue({ ips: ['127.0.0.1'] })
    server = await startRedis({ password: 'secret', tls })
    strict = await startRedis({ tls: { ...tls, caFile: authority.caFile } })
    named = await startRedis({ tls: authority.issue({ names: ['cache.example'] }) })
    expired = await startRedis({ tls: authority.issue({ ips: ['127.0.0.1'], days: -3 }) })
  })
  after(() => Promise.all([server, strict, named, expired].map((each) => each.stop())))

  it('is ready when its certificate is trusted', async () => {
    const rest = `#ca=${authority.caFile}&role=primary`
    assert.deepEqual(await probe(secured(server, rest, ':secret')), { detail: 'PONG, primary' })
  })

  it('is ready with insecure, whoever it is', async () => {
    assert.deepEqual(await probe(secured(expired, '#insecure')), { detail: 'PONG' })
  })

  it('is ready under the name that servername= gives it', async () => {
    const rest = `#ca=${authority.caFile}&servername=cache.example`
    assert.deepEqual(await probe(secured(named, rest)), { detail: 'PONG' })
  })

  it('is not ready, and is not sent the password, when its certificate is not trusted', async () => {
    const failure = await failureOf(probe(secured(server, '', ':secret')))
    assert.match(failure.reason, /^certificate is signed by an unknown authority/)
    assert.equal(failure.lasting, true)
    const info = await server.command('INFO', 'commandstats')
    assert.doesNotMatch(info, /cmdstat_auth:.*rejected_calls=[1-9]/)
  })

  it('is not ready under another name or after its certificate expired', async () => {
    const other = await failureOf(probe(secured(named, `#ca=${authority.caFile}`)))
    assert.match(other.reason, /^certificate is for cache\.example, not 127\.0\.0\.1/)
    const late = await failureOf(probe(secured(expired, `#ca=${authority.caFile}`)))
    assert.match(late.reason, /^certificate expired 3 days ago/)
  })

  it('may want a certificate of its client, which is told after the handshake', async () => {
    await assertFails(probe(secured(strict, `#ca=${authority.caFile}`)), {
      reason: 'server requires a client certificate',
      lasting: true,
    })
    const rest = `#ca=${authority.caFile}&cert=${client.certFile}&key=${client.keyFile}`
    assert.deepEqual(await probe(secured(strict, rest)), { detail: 'PONG' })
  })

  it('resets plain connections, and the hint says what to write', async () => {
    const failure = await failureOf(probe(at(server)))
    assert.match(failure.reason, /^connection (reset|closed) by peer before it answered PING$/)
    assert.match(failure.hint ?? '', /rediss:\/\//)
  })

  it('is named in the words of other servers, which send an alert', async () => {
    // nginx and stunnel answer nonsense with an alert, which Redis does not.
    const { startScripted } = await import('../../servers/faults.ts')
    const other = await startScripted((socket) =>
      socket.once('data', () => socket.end(Buffer.of(0x15, 3, 1, 0, 2, 2, 70))),
    )
    await assertFails(probe(at(other)), {
      code: 'TLS_REQUIRED',
      reason: 'the port speaks TLS',
      hint: 'write rediss:// for it',
      lasting: true,
    })
    await other.stop()
  })
})

it('a Redis without TLS leaves a handshake unanswered, as the phase says', async () => {
  const server = await startRedis()
  const attempt = watchedAttempt()
  const failing = failureOf(probe(secured(server), attempt))
  const phase = 'the TLS handshake, which a Redis without TLS never answers'
  await until(() => attempt.phases.at(-1) === phase, phase)
  attempt.abort()
  await failing
  await server.stop()
})
