import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import process from 'node:process'
import { after, describe, test } from 'node:test'
import { lookupAddresses, lookupRecords } from '../../../src/checks/resolver/lookup.ts'
import { formatRecord } from '../../../src/checks/resolver/record.ts'
import {
  type Answerer,
  NXDOMAIN,
  type ProgrammedDns,
  REFUSED,
  SERVFAIL,
  startDns,
  useResolver,
  zone,
} from '../../servers/dns.ts'
import { freePort } from '../../servers/ports.ts'
import { assertFails, failureOf, watchedAttempt } from '../attempts.ts'

const servers: ProgrammedDns[] = []
after(() => Promise.all(servers.map((server) => server.stop())))

async function dns(answer: Answerer, host?: string): Promise<ProgrammedDns> {
  const server = await startDns(answer, host)
  servers.push(server)
  return server
}

/** Starts a server and makes it the only one. */
async function configure(answer: Answerer, ...more: readonly string[]): Promise<ProgrammedDns> {
  const server = await dns(answer)
  useResolver([`nameserver ${server.address}`, ...more])
  return server
}

/** A UDP port that takes every query and never answers. */
async function silentPort(): Promise<number> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1')
  await once(socket, 'listening')
  socket.unref()
  return socket.address().port
}

const DB = zone('db A 127.0.0.1')

describe('a DNS server', () => {
  const recovers: readonly (readonly [what: string, answer: Answerer])[] = [
    [
      'does not know EDNS and says so',
      (query) => (query.edns ? { rcode: 1, spoil: 'no question' } : DB(query)),
    ],
    ['does not implement EDNS', (query) => (query.edns ? { rcode: 4 } : DB(query))],
    ['loses the first packet', (query, count) => (count === 1 ? 'silent' : DB(query))],
    ['passes over queries with EDNS', (query) => (query.edns ? 'silent' : DB(query))],
    [
      'answers with more than a packet holds',
      (query) => (query.over === 'udp' ? { truncated: true } : DB(query)),
    ],
  ]
  for (const [what, answer] of recovers) {
    test(`that ${what} is understood all the same`, async () => {
      await configure(answer)
      assert.deepEqual(await lookupAddresses('db', watchedAttempt(1000)), ['127.0.0.1'])
    })
  }

  test('is asked over TCP only with use-vc', async () => {
    const server = await configure(DB, 'options use-vc')
    assert.deepEqual(await lookupAddresses('db', watchedAttempt()), ['127.0.0.1'])
    assert.deepEqual(new Set(server.queries.map(({ over }) => over)), new Set(['tcp']))
  })

  test('that knows no EDNS over TCP is understood, too', async () => {
    await configure((query) => (query.edns ? { rcode: 1 } : DB(query)), 'options use-vc')
    assert.deepEqual(await lookupAddresses('db', watchedAttempt()), ['127.0.0.1'])
  })

  test('that answers late still answers', async () => {
    // It is asked a second time meanwhile, which must not make us deaf to the first answer.
    await configure((query) => ({ ...DB(query), delayMs: 900 }))
    assert.deepEqual(await lookupAddresses('db', watchedAttempt(1500)), ['127.0.0.1'])
  })

  test('is believed only where it answers the question', async () => {
    await configure((query, count) => {
      const spoils = ['id', 'question', 'no response', undefined] as const
      const reply = { answers: ['db A 10.6.6.6'] }
      const spoil = spoils[count - 1]
      return spoil === undefined ? DB(query) : { ...reply, spoil }
    }, 'options attempts:5')
    assert.deepEqual(await lookupAddresses('db', watchedAttempt(1500)), ['127.0.0.1'])
  })

  const fails: readonly (readonly [what: string, answer: Answerer, code: string, reason: RegExp])[] = [
    ['fails', () => SERVFAIL, 'DNS_SERVFAIL', /^the DNS server \S+ failed to answer \(SERVFAIL\)$/],
    ['refuses', () => REFUSED, 'DNS_REFUSED', /^the DNS server \S+ refused to answer \(REFUSED\)$/],
    ['says something odd', () => ({ rcode: 9 }), 'DNS_RCODE_9', /failed to answer \(RCODE_9\)$/],
    ['does not like the form', () => ({ rcode: 1 }), 'DNS_FORMERR', /failed to answer \(FORMERR\)$/],
    ['is silent', () => 'silent', 'DNS_TIMEOUT', /^no answer from the DNS server 127\.0\.0\.1:\d+$/],
    [
      'sends garbage',
      ({ id }) => Buffer.from([id >> 8, id & 255, 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0, 99]),
      'DNS_UNREADABLE',
      /sent an unreadable answer: a label of an unknown sort$/,
    ],
    ['sends one byte', () => Buffer.from([0]), 'DNS_TIMEOUT', /^no answer/],
    [
      'closes the connection',
      ({ over }) => (over === 'tcp' ? 'close' : { truncated: true }),
      'DNS_CLOSED',
      /closed by the DNS server/,
    ],
    ['truncates even over TCP', () => ({ truncated: true }), 'DNS_UNREADABLE', /cut short even over TCP$/],
    [
      'is silent over TCP',
      ({ over }) => (over === 'tcp' ? 'silent' : { truncated: true }),
      'DNS_TIMEOUT',
      /^no answer/,
    ],
  ]
  for (const [what, answer, code, reason] of fails) {
    test(`that ${what} is not a name that is not there`, async () => {
      await configure(answer)
      const failure = await failureOf(lookupAddresses('db', watchedAttempt(250)))
      assert.equal(failure.code, code)
      assert.match(failure.reason, reason)
      assert.deepEqual([failure.down, failure.lasting], [false, false])
    })
  }

  test('that nobody runs is not a name that is not there', async () => {
    const port = await freePort()
    useResolver([`nameserver [127.0.0.1]:${port}`])
    await assertFails(lookupAddresses('db', watchedAttempt()), {
      code: 'DNS_ECONNREFUSED',
      reason: `connection refused (DNS server 127.0.0.1:${port})`,
      hint: undefined,
    })
  })

  test('that nobody runs is said to be one over TCP, too', async () => {
    useResolver([`nameserver [127.0.0.1]:${await freePort()}`, 'options use-vc'])
    await assertFails(lookupAddresses('db', watchedAttempt()), { code: 'DNS_ECONNREFUSED' })
  })

  test('that is none is named in a hint, when none is configured', async () => {
    process.env['READYWHEN_RESOLV_CONF'] = '/nowhere/resolv.conf'
    const failure = await failureOf(lookupAddresses('db', watchedAttempt(300)))
    assert.match(failure.code, /^DNS_/)
    assert.match(failure.reason, /127\.0\.0\.1/)
    assert.equal(failure.hint, 'no DNS server is configured: /etc/resolv.conf is missing or names none')
  })
})

describe('several DNS servers', () => {
  test('are asked in their order, one when the one before does not answer', async () => {
    const silent = await dns(() => 'silent')
    const good = await dns(zone('db.a A 10.0.0.1', 'db.a AAAA fd00::1'))
    useResolver([`nameserver ${silent.address}`, `nameserver ${good.address}`, 'search x y z a'])
    assert.deepEqual(await lookupAddresses('db', watchedAttempt(1000)), ['fd00::1', '10.0.0.1'])
    // Waited for once, not for each of four names.
    assert.deepEqual(silent.names().sort(), ['db.x A', 'db.x AAAA'])
  })

  for (const [what, answer] of [
    ['fails', () => SERVFAIL],
    ['refuses', () => REFUSED],
    ['sends garbage', ({ id }) => Buffer.from([id >> 8, id & 255, 1])],
  ] as const satisfies readonly (readonly [string, Answerer])[]) {
    test(`help out at once when one ${what}`, async () => {
      const bad = await dns(answer)
      const good = await dns(DB)
      useResolver([`nameserver ${bad.address}`, `nameserver ${good.address}`])
      assert.deepEqual(
        await lookupRecords('db', ['A'], watchedAttempt(60_000)).then((all) => all.map(formatRecord)),
        ['127.0.0.1'],
      )
      assert.equal(bad.queries.length, 1)
    })
  }

  test('help out at once when nobody listens at one', async () => {
    const good = await dns(DB)
    useResolver([`nameserver [127.0.0.1]:${await freePort()}`, `nameserver ${good.address}`])
    assert.deepEqual(await lookupAddresses('db', watchedAttempt(60_000)), ['127.0.0.1'])
  })

  test('are waited for, when one before fails late', async () => {
    const late = await dns(() => ({ ...SERVFAIL, delayMs: 1200 }))
    const good = await dns((query) => ({ ...DB(query), delayMs: 500 }))
    useResolver([`nameserver ${late.address}`, `nameserver ${good.address}`, 'options attempts:1'])
    // 2 s × 0.9 / 2 servers: the second is asked after 900 ms and answers after 1400, the first fails in between.
    assert.deepEqual(await lookupAddresses('db', watchedAttempt(2000)), ['127.0.0.1'])
  })

  test('are not asked for a second opinion about a name that does not exist', async () => {
    const first = await dns(() => NXDOMAIN)
    const second = await dns(DB)
    useResolver([`nameserver ${first.address}`, `nameserver ${second.address}`])
    await assertFails(lookupAddresses('db', watchedAttempt()), { code: 'DNS_NXDOMAIN', down: true })
    assert.equal(second.queries.length, 0)
  })

  test('are each told of when all of them fail', async () => {
    const [bad, silent, other] = [await dns(() => SERVFAIL), await silentPort(), await silentPort()]
    useResolver([
      `nameserver ${bad.address}`,
      `nameserver [127.0.0.1]:${silent}`,
      `nameserver [127.0.0.1]:${other}`,
    ])
    await assertFails(lookupAddresses('db', watchedAttempt(300)), {
      code: 'DNS_SERVFAIL',
      reason: `the DNS server 127.0.0.1:${bad.port} failed to answer (SERVFAIL); no answer from the DNS servers 127.0.0.1:${silent} and 127.0.0.1:${other}`,
    })
  })

  test('are all asked first at times with rotate', async () => {
    const [one, two] = [await dns(DB), await dns(DB)]
    useResolver([`nameserver ${one.address}`, `nameserver ${two.address}`, 'options rotate'])
    for (let i = 0; i < 60 && (one.queries.length === 0 || two.queries.length === 0); i += 1) {
      await lookupAddresses('db', watchedAttempt())
    }
    assert.ok(one.queries.length > 0 && two.queries.length > 0)
  })
})
