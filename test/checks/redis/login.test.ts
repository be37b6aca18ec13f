import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Answer, startFakeRedis } from '../../servers/fake-redis.ts'
import type { FaultServer } from '../../servers/faults.ts'
import { assertFails, failureOf } from '../attempts.ts'
import { at, leftOpen, probe } from './probe.ts'

const ARGUMENTS = "-ERR wrong number of arguments for 'auth' command\r\n"
const WRONG = '-WRONGPASS invalid username-password pair or user is disabled.\r\n'

/** A server that lets in with this password, and notes what was sent to log in. */
function server(right: string, notes: string[], old = false): Answer {
  return ([word = '', ...args]) => {
    if (word === 'PING') return '+PONG\r\n'
    if (word !== 'AUTH') return '*2\r\n$9\r\n127.0.0.1\r\n$1\r\n1\r\n'
    notes.push(args.join(' '))
    if (old && args.length !== 1) return ARGUMENTS
    return args.at(-1) === right ? '+OK\r\n' : old ? '-ERR invalid password\r\n' : WRONG
  }
}

describe('the user of a URL', () => {
  const cases: readonly (readonly [string, boolean, readonly string[], string?])[] = [
    [':right', false, ['right']],
    ['right', false, ['right']],
    ['default:right', false, ['default right']],
    ['app:right', false, ['app right']],
    ['default:right', true, ['default right', 'right']],
    [':right', true, ['right']],
    ['app:right', true, ['app right'], 'NO_USERS'],
    ['default:wrong', true, ['default wrong', 'wrong'], 'WRONGPASS'],
    ['default:wrong', false, ['default wrong'], 'WRONGPASS'],
  ]
  for (const [userInfo, old, sent, code] of cases) {
    it(`is sent as it is written: ${userInfo}${old ? ', to a Redis before version 6' : ''}`, async () => {
      const notes: string[] = []
      const fake = await startFakeRedis(server('right', notes, old))
      if (code === undefined) assert.deepEqual(await probe(at(fake, '', userInfo)), { detail: 'PONG' })
      else await assertFails(probe(at(fake, '', userInfo)), { code, lasting: true })
      assert.deepEqual(notes, sent)
      await fake.stop()
    })
  }
})

describe('a password that sentinels reject', () => {
  async function sentinels(answers: readonly Answer[]): Promise<readonly FaultServer[]> {
    return Promise.all(answers.map((answer) => startFakeRedis(answer)))
  }
  const target = (servers: readonly FaultServer[], rest: string, userInfo = ''): string =>
    `redis://${userInfo}${servers.map(({ port }) => `127.0.0.1:${port}`).join()}${rest}#sentinel=main`

  it('is given to one of them alone', async () => {
    const notes: string[] = []
    const servers = await sentinels(Array(3).fill(server('right', notes)))
    const failure = await failureOf(probe(target(servers, '?sentinel_password=wrong')))
    assert.match(failure.reason, /password rejected$/)
    assert.deepEqual([failure.code, failure.lasting, failure.rejectsLogin], ['WRONGPASS', true, true])
    assert.deepEqual(notes, ['wrong'])
    assert.deepEqual(await leftOpen(servers), [])
    for (const each of servers) await each.stop()
  })

  it('is given to one of them alone when it is that of the servers', async () => {
    const notes: string[] = []
    const locked: Answer = (words, socket) =>
      words[0] === 'SENTINEL' ? '-NOAUTH Authentication required.\r\n' : server('right', notes)(words, socket)
    const servers = await sentinels([locked, locked, locked])
    const failure = await failureOf(probe(target(servers, '', ':wrong@')))
    assert.match(failure.reason, /password rejected$/)
    assert.deepEqual(notes, ['wrong'])
    assert.deepEqual(await leftOpen(servers), [])
    for (const each of servers) await each.stop()
  })

  it('does not wait for one that hangs with it', async () => {
    const notes: string[] = []
    const hangs: Answer = () => undefined
    const fine = server('right', notes)
    const primary = await startFakeRedis(([word]) =>
      word === 'ROLE' ? '*1\r\n$6\r\nmaster\r\n' : word === 'PING' ? '+PONG\r\n' : '+OK\r\n',
    )
    const knows: Answer = (words, socket) =>
      words[0] === 'SENTINEL'
        ? `*2\r\n$9\r\n127.0.0.1\r\n$${`${primary.port}`.length}\r\n${primary.port}\r\n`
        : fine(words, socket)
    const servers = await sentinels([hangs, knows, hangs])
    const { detail } = await probe(target(servers, '?sentinel_password=right'))
    assert.equal(detail, `PONG, primary 127.0.0.1:${primary.port}`)
    assert.deepEqual(await leftOpen(servers), [])
    for (const each of [...servers, primary]) await each.stop()
  })
})
