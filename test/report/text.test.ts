import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import type { WaitEvent } from '../../src/wait/event.ts'
import { auth, db, fail, failing, kafka, noSuchName, port, ready, refused, status } from './statuses.ts'
import { log, start } from './text-log.ts'

const startingUp = fail('57P03', 'the database system is starting up')
const unavailable = fail('HTTP_503', '503 Service Unavailable')
const rejected = fail('28P01', 'password rejected for user app')

const aWait: WaitEvent[] = [
  start(db, auth, kafka),
  { type: 'attempt', status: failing(db), tookMs: 2, failure: refused },
  { type: 'change', status: failing(db) },
  { type: 'change', status: failing(auth, unavailable) },
  { type: 'change', status: failing(kafka, noSuchName) },
  { type: 'change', status: failing(db, startingUp, 9) },
  { type: 'result', status: ready(db, 4200, 14, 'PostgreSQL 17.2, primary') },
  {
    type: 'heartbeat',
    pending: [failing(auth, unavailable, 30), failing(kafka, noSuchName, 30)],
    total: 3,
    elapsedMs: 15_000,
  },
  { type: 'result', status: ready(kafka, 17_400, 33) },
  { type: 'result', status: failing(auth, unavailable, 140, 300_000) },
  {
    type: 'end',
    outcome: 'timeout',
    statuses: [ready(db, 4200, 14), failing(auth, unavailable, 140, 300_000), ready(kafka, 17_400, 33)],
    elapsedMs: 300_000,
  },
]

test('a wait is told in one aligned line a change, a heartbeat, a closing line a check and a last line', () => {
  assert.deepEqual(log(aWait), [
    'waiting    postgres://app@db:5432/app  connection refused',
    'waiting    http://auth:8080/healthz    503 Service Unavailable',
    'waiting    dns kafka                   no such name',
    '           hint: tried kafka.prod.svc.cluster.local',
    'waiting    postgres://app@db:5432/app  the database system is starting up',
    'ready      postgres://app@db:5432/app  after 4.2s, 14 attempts (PostgreSQL 17.2, primary)',
    'still waiting after 15s for 2 of 3: http://auth:8080/healthz (503 Service Unavailable), dns kafka (no such name)',
    'ready      dns kafka                   after 17s, 33 attempts',
    'not ready  http://auth:8080/healthz    after 5m, 140 attempts: 503 Service Unavailable',
    'timed out after 5m: 1 of 3 not ready: http://auth:8080/healthz',
  ])
})

test('--quiet tells only why it was not ready', () => {
  assert.deepEqual(log(aWait, { quiet: true }), [
    'not ready  http://auth:8080/healthz    after 5m, 140 attempts: 503 Service Unavailable',
    'timed out after 5m: 1 of 3 not ready: http://auth:8080/healthz',
  ])
})

test('--quiet says nothing of a wait that ended well, even when a check of several was not ready', () => {
  const statuses = [ready(db, 10), failing(auth)]
  const events: WaitEvent[] = [
    start(db, auth),
    { type: 'result', status: ready(db, 10) },
    { type: 'result', status: failing(auth) },
    { type: 'end', outcome: 'ready', statuses, elapsedMs: 12 },
  ]
  assert.deepEqual(log(events, { quiet: true }), [])
})

test('--verbose tells every attempt, and no change twice', () => {
  const events: WaitEvent[] = [
    start(port(1)),
    { type: 'attempt', status: failing(port(1)), tookMs: 2, failure: refused },
    { type: 'change', status: failing(port(1)) },
    { type: 'attempt', status: failing(port(1), refused, 2), tookMs: 1, failure: refused },
    { type: 'attempt', status: ready(port(1), 250, 3), tookMs: 4, failure: undefined },
    { type: 'result', status: ready(port(1), 250, 3) },
    { type: 'end', outcome: 'ready', statuses: [ready(port(1), 250, 3)], elapsedMs: 250 },
  ]
  assert.deepEqual(log(events, { verbose: true }), [
    'waiting    tcp db:1  attempt 1 took 2ms: connection refused',
    'waiting    tcp db:1  attempt 2 took 1ms: connection refused',
    'ready      tcp db:1  attempt 3 took 4ms: succeeded',
    'ready      tcp db:1  after 250ms, 3 attempts',
  ])
})

const endings: readonly [name: string, events: readonly WaitEvent[], lines: readonly string[]][] = [
  [
    'one check that is ready needs one line',
    [
      start(port(1)),
      { type: 'result', status: ready(port(1), 3) },
      { type: 'end', outcome: 'ready', statuses: [ready(port(1), 3)], elapsedMs: 3 },
    ],
    ['ready      tcp db:1  after 3ms'],
  ],
  [
    'several that are ready are summed up',
    [{ type: 'end', outcome: 'ready', statuses: [ready(db, 3), ready(auth, 8200)], elapsedMs: 8200 }],
    ['ready: 2 of 2 in 8.2s'],
  ],
  [
    'with --any one of several is enough',
    [{ type: 'end', outcome: 'ready', statuses: [ready(db, 3), failing(auth)], elapsedMs: 3 }],
    ['ready: 1 of 2 in 3ms'],
  ],
  [
    'with --once what is not ready is named',
    [{ type: 'end', outcome: 'not-ready', statuses: [ready(db, 3), failing(auth)], elapsedMs: 4 }],
    ['not ready after 4ms: 1 of 2: http://auth:8080/healthz'],
  ],
  [
    'a single check is named in the last line too',
    [
      start(port(1)),
      { type: 'result', status: failing(port(1), refused, 140, 300_000) },
      { type: 'end', outcome: 'timeout', statuses: [failing(port(1))], elapsedMs: 300_000 },
    ],
    ['not ready  tcp db:1  after 5m, 140 attempts: connection refused', 'timed out after 5m: tcp db:1'],
  ],
  [
    'with --once a single check is told once',
    [
      start(port(1)),
      { type: 'result', status: failing(port(1)) },
      { type: 'end', outcome: 'not-ready', statuses: [failing(port(1))], elapsedMs: 2 },
    ],
    ['not ready  tcp db:1  after 2ms: connection refused'],
  ],
  [
    'what waiting will not change is given up',
    [
      start(db, auth),
      { type: 'change', status: failing(db, rejected, 1, 5, 'stuck') },
      { type: 'result', status: failing(db, rejected, 22, 30_000, 'failed') },
      { type: 'result', status: failing(auth, unavailable, 40, 30_001) },
      {
        type: 'end',
        outcome: 'failed',
        statuses: [failing(db, rejected, 22, 30_000, 'failed'), failing(auth, unavailable, 40, 30_001)],
        elapsedMs: 30_001,
      },
    ],
    [
      'stuck      postgres://app@db:5432/app  password rejected for user app',
      'gave up    postgres://app@db:5432/app  after 30s, 22 attempts: password rejected for user app',
      'not ready  http://auth:8080/healthz    after 30s, 40 attempts: 503 Service Unavailable',
      'gave up after 30s: 2 of 2 not ready: postgres://app@db:5432/app, http://auth:8080/healthz',
    ],
  ],
  [
    'a signal ends it before the first answer',
    [
      start(port(1)),
      { type: 'result', status: status(port(1), { elapsedMs: 50 }) },
      { type: 'end', outcome: 'interrupted', statuses: [status(port(1))], elapsedMs: 50 },
    ],
    ['not ready  tcp db:1  after 50ms: no answer yet', 'interrupted after 50ms: tcp db:1'],
  ],
]

for (const [name, events, lines] of endings) {
  test(name, () => assert.deepEqual(log(events), lines))
}

test('a name stands for the target, and the kind is told where the target does not', () => {
  const named = { ...db, name: 'orders' }
  const socket = { kind: 'redis', target: 'unix:/run/redis.sock', name: undefined }
  const file = { kind: 'file', target: '/etc/tls/tls.crt', name: undefined }
  const events: WaitEvent[] = [
    start(named, socket, file),
    ...[named, socket, file].map((check): WaitEvent => ({ type: 'change', status: failing(check) })),
  ]
  assert.deepEqual(log(events), [
    'waiting    orders                      connection refused',
    'waiting    redis unix:/run/redis.sock  connection refused',
    'waiting    file /etc/tls/tls.crt       connection refused',
  ])
})

test('a hint is told once, and again at the end when it has gone out of sight', () => {
  const change: WaitEvent = { type: 'change', status: failing(kafka, noSuchName) }
  const result: WaitEvent = { type: 'result', status: failing(kafka, noSuchName, 9, 9000) }
  const beat: WaitEvent = {
    type: 'heartbeat',
    pending: [failing(kafka, noSuchName)],
    total: 1,
    elapsedMs: 15_000,
  }
  const isHint = (line: string): boolean => line.includes('hint:')
  assert.equal(log([start(kafka), change, change, result]).filter(isHint).length, 1)
  const beats = Array.from({ length: 20 }, () => beat)
  const long = log([start(kafka), change, ...beats, result])
  assert.equal(long.filter(isHint).length, 2)
  assert.ok(isHint(long.at(-1) ?? ''))
})

test('colours mark the state, and nothing else', () => {
  const events: WaitEvent[] = [start(port(1)), { type: 'change', status: failing(port(1)) }]
  assert.deepEqual(log(events, { colour: true }), ['\x1b[33mwaiting\x1b[0m    tcp db:1  connection refused'])
})

test('a line break or an escape sequence in a name or a reason stays on its line, spelled out', () => {
  const check = { kind: 'tcp', target: 'db:1', name: 'a\nready      tcp db:2' }
  const nasty = fail('X', 'got "\x1b[2J\u009b\u202e"\r\nready', 'a\nb')
  assert.deepEqual(log([start(check), { type: 'change', status: failing(check, nasty) }]), [
    'waiting    a ready tcp db:2  got "\\x1b[2J\\x9b\\u{202e}" ready',
    '           hint: a b',
  ])
})

test('whatever a peer or a user writes, every line begins with a word of ours and holds only what can be seen', () => {
  const anyText = fc.oneof(fc.string({ unit: 'binary', maxLength: 300 }), fc.string({ maxLength: 300 }))
  fc.assert(
    fc.property(anyText, anyText, anyText, (name, why, hint) => {
      const check = { kind: 'tcp', target: name, name }
      const event: WaitEvent = { type: 'change', status: failing(check, fail('X', why, hint)) }
      const lines = log([start(check), event])
      assert.equal(lines.length, 2)
      assert.match(lines[0] ?? '', /^waiting {4}/)
      assert.match(lines[1] ?? '', /^ {11}hint:/)
      for (const line of lines) assert.doesNotMatch(line, /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u202a-\u202e]/u)
    }),
  )
})
