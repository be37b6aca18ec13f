import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Failure } from '../../../src/checks/failure.ts'
import { decodeMessage, encodeQuery } from '../../../src/checks/resolver/message.ts'
import { formatRecord, type RecordType } from '../../../src/checks/resolver/record.ts'
import type { Resolution } from '../../../src/checks/resolver/resolution.ts'
import { parseResolvConf, type ResolverConfig } from '../../../src/checks/resolver/resolv-conf.ts'
import { candidates, searchRecords } from '../../../src/checks/resolver/search.ts'
import { type DnsReply, readQuery, writeReply } from '../../servers/dns-wire.ts'
import { assertFails } from '../attempts.ts'

const config = (text: string): ResolverConfig => parseResolvConf(text.replaceAll(' / ', '\n'), {}, 'web')
const POD =
  'nameserver 10.96.0.10 / search prod.svc.cluster.local svc.cluster.local cluster.local / options ndots:5'

describe('the names that a name may stand for', () => {
  const rows: readonly (readonly [name: string, conf: string, names: readonly string[]])[] = [
    ['db', POD, ['db.prod.svc.cluster.local', 'db.svc.cluster.local', 'db.cluster.local', 'db']],
    [
      'db.data',
      POD,
      ['db.data.prod.svc.cluster.local', 'db.data.svc.cluster.local', 'db.data.cluster.local', 'db.data'],
    ],
    ['db.data.', POD, ['db.data']],
    ['.', POD, ['.']],
    // an escaped dot makes no name absolute, one behind an escaped backslash does
    ['a\\.', 'search b.test', ['a\\.', 'a\\..b.test']],
    ['a\\\\.', 'search b.test', ['a\\\\']],
    [
      'a.b.c.d.e',
      POD,
      [
        'a.b.c.d.e.prod.svc.cluster.local',
        'a.b.c.d.e.svc.cluster.local',
        'a.b.c.d.e.cluster.local',
        'a.b.c.d.e',
      ],
    ],
    [
      'a.b.c.d.e.f',
      POD,
      [
        'a.b.c.d.e.f',
        'a.b.c.d.e.f.prod.svc.cluster.local',
        'a.b.c.d.e.f.svc.cluster.local',
        'a.b.c.d.e.f.cluster.local',
      ],
    ],
    ['db', 'search corp.example', ['db.corp.example', 'db']],
    ['db.x', 'search corp.example', ['db.x', 'db.x.corp.example']],
    ['db', 'options ndots:0 / search corp.example', ['db', 'db.corp.example']],
    ['db', '', ['db']],
    ['db', 'search a. .', ['db.a', 'db']],
    ['db', 'search . a', ['db', 'db.a']],
    ['db', 'search .a', ['db.a', 'db']],
  ]
  for (const [name, conf, names] of rows) {
    test(`${name}, with "${conf}"`, () => {
      assert.deepEqual(
        candidates(name, config(conf)).map((candidate) => candidate.name),
        names,
      )
    })
  }
})

/** A resolution whose servers answer from a table: `name TYPE`, or `name` for all types. */
function resolutionOf(
  conf: string,
  replies: Readonly<Record<string, DnsReply | string>>,
): Resolution & { asked: string[] } {
  const asked: string[] = []
  return {
    asked,
    config: config(conf),
    async ask(question) {
      asked.push(`${question.name} ${question.type}`)
      const reply = replies[`${question.name} ${question.type}`] ?? replies[question.name] ?? { rcode: 3 }
      if (reply === 'never') return new Promise(() => {})
      if (typeof reply === 'string')
        throw new Failure({ code: reply, reason: `${reply} for ${question.name}` })
      return decodeMessage(writeReply(readQuery(encodeQuery(1, question, true), 'udp'), reply))
    },
    pause: () => Promise.resolve(),
  }
}

const address = (name: string, value = '10.0.0.1'): DnsReply => ({ answers: [`${name} A ${value}`] })
const BOTH: readonly RecordType[] = ['A', 'AAAA']
const CORP = 'search a.example b.example'

describe('the search list', () => {
  const finds: readonly (readonly [
    what: string,
    conf: string,
    replies: Record<string, DnsReply | string>,
  ])[] = [
    ['goes on after "no such name"', CORP, { 'db.b.example A': address('db.b.example') }],
    [
      'goes on after a name without records',
      CORP,
      { 'db.a.example': {}, 'db.b.example A': address('db.b.example') },
    ],
    [
      'goes on after a server failure',
      CORP,
      { 'db.a.example': 'DNS_SERVFAIL', 'db.b.example A': address('db.b.example') },
    ],
    [
      'goes to the name as given after a refusal',
      CORP,
      { 'db.a.example': 'DNS_REFUSED', 'db A': address('db') },
    ],
    ['ends with the name as given', CORP, { 'db A': address('db') }],
    [
      'takes an IPv4 address without waiting long for IPv6',
      CORP,
      { 'db.a.example AAAA': 'never', 'db.a.example A': address('db.a.example') },
    ],
    [
      'takes an IPv4 address when IPv6 fails',
      CORP,
      { 'db.a.example AAAA': 'DNS_NOTIMP', 'db.a.example A': address('db.a.example') },
    ],
    [
      'takes an IPv4 address when IPv6 says that there is no such name',
      CORP,
      { 'db.a.example A': address('db.a.example') },
    ],
    [
      'passes over a domain that makes the name too long',
      `search ${'x'.repeat(60)}.${'y'.repeat(60)}.${'z'.repeat(60)}.${'z'.repeat(60)}.${'z'.repeat(20)} b.example`,
      { 'db.b.example A': address('db.b.example') },
    ],
    [
      'asks for one type after the other if told so',
      `${CORP} / options single-request`,
      { 'db.b.example A': address('db.b.example') },
    ],
  ]
  for (const [what, conf, replies] of finds) {
    test(what, async () => {
      const records = await searchRecords('db', BOTH, resolutionOf(conf, replies))
      assert.deepEqual(records.map(formatRecord), ['10.0.0.1'])
    })
  }

  test('stops at the first name that has records', async () => {
    const resolution = resolutionOf(CORP, { 'db.a.example A': address('db.a.example') })
    await searchRecords('db', ['A'], resolution)
    assert.deepEqual(resolution.asked, ['db.a.example A'])
  })

  test('is not asked further domains after a refusal', async () => {
    const resolution = resolutionOf(CORP, { 'db.a.example': 'DNS_REFUSED' })
    await assertFails(searchRecords('db', ['A'], resolution), { code: 'DNS_REFUSED' })
    assert.deepEqual(resolution.asked, ['db.a.example A', 'db A'])
  })

  test('is left at once when no server answers', async () => {
    const resolution = resolutionOf(CORP, { 'db.a.example': 'DNS_TIMEOUT' })
    await assertFails(searchRecords('db', ['A'], resolution), { code: 'DNS_TIMEOUT' })
    assert.deepEqual(resolution.asked, ['db.a.example A'])
  })

  const fails: readonly (readonly [
    what: string,
    replies: Record<string, DnsReply | string>,
    code: string,
    down: boolean,
  ])[] = [
    ['no such name, if that is said of every name', {}, 'DNS_NXDOMAIN', true],
    ['no data, if a name exists', { 'db.a.example': {} }, 'DNS_NODATA', false],
    ['no data, if a name exists for one type only', { 'db AAAA': {} }, 'DNS_NODATA', false],
    ['a server failure, if one name is not known', { 'db.a.example': 'DNS_SERVFAIL' }, 'DNS_SERVFAIL', false],
    [
      'a server failure, if one type is not known',
      { 'db.b.example AAAA': 'DNS_SERVFAIL', 'db.b.example A': {} },
      'DNS_SERVFAIL',
      false,
    ],
    [
      'a server failure rather than no data',
      { 'db.a.example': {}, db: 'DNS_SERVFAIL' },
      'DNS_SERVFAIL',
      false,
    ],
  ]
  for (const [what, replies, code, down] of fails) {
    test(`ends in ${what}`, () =>
      assertFails(searchRecords('db', BOTH, resolutionOf(CORP, replies)), { code, down }))
  }

  test('does not hide a bug', async () => {
    const broken: Resolution = { ...resolutionOf(CORP, {}), ask: () => Promise.reject(new TypeError('bug')) }
    await assert.rejects(searchRecords('db', BOTH, broken), TypeError)
  })
})

describe('what is said of a name that does not exist', () => {
  const rows: readonly (readonly [name: string, conf: string, hint: string | undefined])[] = [
    [
      'kafka',
      POD,
      'tried kafka.prod.svc.cluster.local, kafka.svc.cluster.local, kafka.cluster.local, kafka, which finds Services of namespace prod only: one of another namespace is named kafka.<namespace>; a headless one has no name before a pod is ready',
    ],
    [
      'kafka.data',
      POD,
      'tried kafka.data.prod.svc.cluster.local, kafka.data.svc.cluster.local, kafka.data.cluster.local, kafka.data; is there a Service kafka in namespace data?',
    ],
    ['kafka.data.svc.cluster.local.', POD, 'is there a Service kafka in namespace data?'],
    ['www.example.com', POD, undefined],
    ['kafka', CORP, 'tried kafka.a.example, kafka.b.example, kafka'],
    ['kafka', '', undefined],
    [
      'kafka',
      'nameserver 127.0.0.11 / options ndots:0',
      'Docker knows a container only while it runs, and only in the networks they have in common',
    ],
    ['www.example.com', 'nameserver 127.0.0.11 / options ndots:0', undefined],
  ]
  for (const [name, conf, hint] of rows) {
    test(`${name}, with "${conf}"`, () =>
      assertFails(searchRecords(name, ['A'], resolutionOf(conf, {})), {
        code: 'DNS_NXDOMAIN',
        reason: `no such name "${name}"`,
        down: true,
        hint,
      }))
  }

  test('and whose DNS server can ask nobody about names of others, as in a cluster without a way out', () =>
    assertFails(searchRecords('kafka', BOTH, resolutionOf(POD, { kafka: 'DNS_SERVFAIL' })), {
      code: 'DNS_SERVFAIL',
      reason: 'no such name "kafka" in the search list, and for the name itself DNS_SERVFAIL for kafka',
      hint: 'tried kafka.prod.svc.cluster.local, kafka.svc.cluster.local, kafka.cluster.local, which finds Services of namespace prod only: one of another namespace is named kafka.<namespace>; a headless one has no name before a pod is ready',
    }))

  test('what it has no records of', () =>
    assertFails(searchRecords('db', BOTH, resolutionOf('', { db: {} })), {
      code: 'DNS_NODATA',
      reason: '"db" has no A or AAAA record',
    }))
})
