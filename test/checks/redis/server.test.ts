import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import net from 'node:net'
import { after, before, describe, it } from 'node:test'
import { closedPort } from '../../servers/faults.ts'
import { type RedisServer, startRedis } from '../../servers/redis.ts'
import { makeTempDir } from '../../servers/temp.ts'
import { until } from '../../servers/until.ts'
import { assertFails, failureOf, watchedAttempt } from '../attempts.ts'
import { at, probe } from './probe.ts'

describe('a Redis without a password', () => {
  let server: RedisServer
  before(async () => {
    server = await startRedis({ config: ['databases 16'] })
    await server.command('SET', 'there', '1')
    await server.command('-n', '5', 'SET', 'elsewhere', '1')
  })
  after(() => server.stop())

  for (const [rest, detail] of [
    ['', 'PONG'],
    ['/15', 'PONG'],
    ['#role=primary', 'PONG, primary'],
    ['#key-exists=there', 'PONG'],
    ['/5#key-exists=elsewhere&role=primary', 'PONG, primary'],
  ] as const) {
    it(`is ready at redis://host:port${rest}`, async () => {
      const attempt = watchedAttempt()
      assert.deepEqual(await probe(at(server, rest), attempt), { detail })
      assert.equal(attempt.wasHeard(), true)
    })
  }

  it('is ready on its Unix socket', async () => {
    assert.deepEqual(await probe(`unix:${server.socketPath}?db=5#key-exists=elsewhere`), { detail: 'PONG' })
  })

  for (const [rest, expected] of [
    ['/99', { code: 'NO_DB', reason: 'db 99 does not exist', lasting: true }],
    ['/16', { code: 'NO_DB', reason: 'db 16 does not exist', lasting: true }],
    ['#role=replica', { code: 'WRONG_ROLE', reason: 'is a primary', hint: undefined }],
    ['#cluster', { code: 'NO_CLUSTER', reason: 'is not in cluster mode', lasting: true }],
    ['#key-exists=not%20there', { code: 'NO_KEY', reason: 'key "not there" does not exist' }],
    ['/1#key-exists=there', { code: 'NO_KEY', reason: 'key "there" does not exist' }],
  ] as const) {
    it(`is not ready at redis://host:port${rest}: ${expected.reason}`, async () => {
      await assertFails(probe(at(server, rest)), expected)
    })
  }

  // The default user has no password then, and is let in with any, as redis-cli has it.
  for (const userInfo of ['default:secret', 'default:']) {
    it(`lets in ${userInfo}`, async () => {
      assert.deepEqual(await probe(at(server, '', userInfo)), { detail: 'PONG' })
      const query = `?username=${userInfo.replace(':', '&password=')}`
      assert.deepEqual(await probe(at(server, query)), { detail: 'PONG' })
      assert.deepEqual(await probe(`redis+unix://${userInfo}@${server.socketPath}`), { detail: 'PONG' })
    })
  }

  it('does not know a user of another name', async () => {
    await assertFails(probe(at(server, '', 'app:secret')), {
      code: 'WRONGPASS',
      reason: 'password rejected for user app',
      lasting: true,
    })
  })

  it('does not take a password, so clients that send one fail', async () => {
    await assertFails(probe(at(server, '', ':secret')), {
      code: 'NO_PASSWORD_SET',
      reason: 'asks for no password, but one was given',
      hint: 'set requirepass on the server or leave the password out of the target',
      lasting: true,
    })
  })

  it('closes as many connections as were opened', async () => {
    const clients = async (): Promise<number> =>
      (await server.command('CLIENT', 'LIST')).split('\n').filter((line) => !/cmd=client/.test(line)).length
    await Promise.all([
      probe(at(server)),
      failureOf(probe(at(server, '/99'))),
      probe(at(server, '#role=primary')),
    ])
    await until(async () => (await clients()) === 0, 'all clients to be gone')
  })
})

describe('a Redis with users', () => {
  let server: RedisServer
  before(async () => {
    const config = [
      'user app on >app-secret ~mine* +ping +exists +select',
      'user mute on >mute-secret',
      'user open on nopass +ping',
    ]
    server = await startRedis({ password: 'a "secret"/', config })
  })
  after(() => server.stop())

  for (const userInfo of [
    ':a%20%22secret%22%2F',
    'default:a "secret"/',
    'a "secret"/',
    'app:app-secret',
    'open:',
  ]) {
    it(`lets in ${userInfo}`, async () => {
      assert.deepEqual(await probe(at(server, '', userInfo)), { detail: 'PONG' })
    })
  }

  for (const [userInfo, rest, code, reason] of [
    ['', '', 'NOAUTH', 'a password is required'],
    [':wrong', '', 'WRONGPASS', 'password rejected'],
    ['default:wrong', '', 'WRONGPASS', 'password rejected for user default'],
    ['app:wrong', '', 'WRONGPASS', 'password rejected for user app'],
    ['nobody:wrong', '', 'WRONGPASS', 'password rejected for user nobody'],
    ['mute:mute-secret', '', 'NOPERM', 'user mute may not run PING'],
    ['open:', '/1', 'NOPERM', 'user open may not run SELECT'],
    ['app:app-secret', '#role=primary', 'NOPERM', 'user app may not run ROLE'],
    ['app:app-secret', '#cluster', 'NOPERM', 'user app may not run CLUSTER INFO'],
    ['app:app-secret', '#key-exists=yours', 'NOPERM', 'user app may not access the key'],
  ] as const) {
    it(`says to ${userInfo || 'nobody'}${rest}: ${reason}`, async () => {
      await assertFails(probe(at(server, rest, userInfo)), { code, reason, lasting: true })
    })
  }
})

describe('a Redis in trouble', () => {
  it('that loads its data set is waited for', async () => {
    const server = await startRedis()
    await server.command('DEBUG', 'POPULATE', '100', 'key', '1000')
    await server.command('CONFIG', 'SET', 'key-load-delay', '10000')
    await server.command('CONFIG', 'SET', 'loading-process-events-interval-bytes', '1024')
    const reloaded = server.command('DEBUG', 'RELOAD')
    await until(async () => {
      const failure = await probe(at(server, '/1')).then(
        () => undefined,
        (error: unknown) => error,
      )
      if (failure === undefined) return false
      await assertFails(Promise.reject(failure), { code: 'LOADING', reason: 'loading its data set' })
      return true
    }, 'LOADING')
    await server.command('CONFIG', 'SET', 'key-load-delay', '0').catch(() => {})
    assert.equal(await reloaded, 'OK')
    assert.deepEqual(await probe(at(server)), { detail: 'PONG' })
    await server.stop()
  })

  it('that is a replica without its primary is waited for', async () => {
    const config = [`replicaof 127.0.0.1 ${await closedPort()}`, 'replica-serve-stale-data no']
    const server = await startRedis({ config })
    await assertFails(probe(at(server)), { code: 'MASTERDOWN', reason: 'replica has no link to its primary' })
    await server.command('CONFIG', 'SET', 'replica-serve-stale-data', 'yes')
    await assertFails(probe(at(server, '#role=primary')), { code: 'WRONG_ROLE', reason: 'is a replica' })
    assert.deepEqual(await probe(at(server, '#role=replica')), { detail: 'PONG, replica' })
    await server.command('REPLICAOF', 'NO', 'ONE')
    assert.deepEqual(await probe(at(server, '#role=primary')), { detail: 'PONG, primary' })
    await server.stop()
  })

  it('that cannot save is waited for', async () => {
    const dir = makeTempDir('gone')
    const server = await startRedis({ config: [`dir ${dir}`, 'save 3600 1'] })
    rmSync(dir, { recursive: true })
    await server.command('BGSAVE')
    const failed = async (): Promise<boolean> =>
      /rdb_last_bgsave_status:err/.test(await server.command('INFO', 'persistence'))
    await until(failed, 'the save to fail')
    await assertFails(probe(at(server)), {
      code: 'MISCONF',
      reason: 'cannot save its data, so it refuses writes',
      hint: 'its disk is full or not writable: see the log of the server',
    })
    await server.stop()
  })

  it('that has no room for another client is waited for', async () => {
    const server = await startRedis({ config: ['maxclients 1'] })
    const other = net.connect(server.port, '127.0.0.1')
    await new Promise((resolve) => other.once('connect', resolve))
    for (const rest of ['', '/1']) {
      await assertFails(probe(at(server, rest)), { code: 'MAX_CLIENTS', reason: 'too many clients' })
    }
    other.destroy()
    const ready = (): Promise<boolean> =>
      probe(at(server)).then(
        () => true,
        () => false,
      )
    await until(ready, 'room')
    await server.stop()
  })

  it('that runs a script is waited for', async () => {
    const server = await startRedis({ config: ['busy-reply-threshold 1'] })
    const script = server.command('EVAL', 'while true do end', '0')
    await until(async () => {
      const failure = await probe(at(server)).catch((error: unknown) => error)
      if (!(failure instanceof Error)) return false
      await assertFails(Promise.reject(failure), { code: 'BUSY', reason: 'busy running a script' })
      return true
    }, 'BUSY')
    await server.command('SCRIPT', 'KILL')
    assert.match(await script, /killed/i)
    await server.stop()
  })

  it('that is stopped in the middle does not answer, and is heard of no more', async () => {
    const server = await startRedis()
    server.kill('SIGSTOP')
    const attempt = watchedAttempt()
    const failing = failureOf(probe(at(server), attempt))
    await until(() => attempt.phases.at(-1) === 'the answer to PING', 'the question')
    await server.stop()
    const failure = await failing
    assert.match(failure.reason, /^connection (reset|closed) by peer before it answered PING$/)
    assert.equal(failure.down, false)
    await assertFails(probe(at(server)), { code: 'ECONNREFUSED', reason: 'connection refused', down: true })
  })

  it('without a socket file is down', async () => {
    await assertFails(probe('unix:/no/such.sock'), {
      code: 'ENOENT',
      reason: 'no such socket file',
      down: true,
    })
  })
})
