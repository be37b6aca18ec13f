import assert from 'node:assert/strict'
import test from 'node:test'
import { jsonReporter } from '../../src/report/json.ts'
import type { WaitEvent } from '../../src/wait/event.ts'
import { auth, db, fail, failing, ready, refused, status } from './statuses.ts'

const hinted = fail('28P01', 'password rejected for user app', 'is the Secret the right one?')
const named = { ...auth, name: 'auth' }
const ended = [ready(db, 4200.4, 14, 'PostgreSQL 17.2'), failing(named, refused, 9, 5000)]

const events: readonly WaitEvent[] = [
  { type: 'start', statuses: [status(db), status(named)] },
  { type: 'attempt', status: failing(db, hinted, 1, 2.345, 'stuck'), tookMs: 1.6, failure: hinted },
  { type: 'change', status: failing(db, hinted, 1, 2.345, 'stuck') },
  { type: 'change', status: failing(named) },
  { type: 'heartbeat', pending: [failing(named)], total: 2, elapsedMs: 15_000.4 },
  { type: 'result', status: ready(db, 4200.4, 14, 'PostgreSQL 17.2') },
  { type: 'result', status: failing(named, refused, 9, 5000) },
  { type: 'end', outcome: 'timeout', statuses: ended, elapsedMs: 5000 },
]

function log(of: readonly WaitEvent[], options: { quiet?: boolean; verbose?: boolean } = {}): string[] {
  const lines: string[] = []
  const reporter = jsonReporter({
    quiet: false,
    verbose: false,
    now: () => new Date(0),
    write: (line) => lines.push(line),
    ...options,
  })
  for (const event of of) reporter.on(event)
  reporter.close()
  return lines
}

const time = '1970-01-01T00:00:00.000Z'
const ofDb = { kind: 'postgres', target: 'postgres://app@db:5432/app' }
const ofAuth = { kind: 'http', target: 'http://auth:8080/healthz', name: 'auth' }
const why = { reason: 'password rejected for user app', code: '28P01', hint: 'is the Secret the right one?' }
const connection = { reason: 'connection refused', code: 'ECONNREFUSED' }

const expected = [
  { time, level: 'info', event: 'start', ready: 0, total: 2, elapsed_ms: 0 },
  {
    time,
    level: 'debug',
    event: 'attempt',
    ...ofDb,
    state: 'stuck',
    attempt: 1,
    ...why,
    elapsed_ms: 2,
    took_ms: 2,
  },
  { time, level: 'warn', event: 'change', ...ofDb, state: 'stuck', attempt: 1, ...why, elapsed_ms: 2 },
  {
    time,
    level: 'info',
    event: 'change',
    ...ofAuth,
    state: 'waiting',
    attempt: 1,
    ...connection,
    elapsed_ms: 2,
  },
  {
    time,
    level: 'info',
    event: 'heartbeat',
    state: 'waiting',
    reason: 'still waiting after 15s for 1 of 2: auth (connection refused)',
    ready: 1,
    total: 2,
    elapsed_ms: 15_000,
  },
  {
    time,
    level: 'info',
    event: 'result',
    ...ofDb,
    state: 'ready',
    attempt: 14,
    detail: 'PostgreSQL 17.2',
    elapsed_ms: 4200,
  },
  {
    time,
    level: 'warn',
    event: 'result',
    ...ofAuth,
    state: 'waiting',
    attempt: 9,
    ...connection,
    elapsed_ms: 5000,
  },
  {
    time,
    level: 'error',
    event: 'end',
    state: 'timeout',
    reason: 'timed out after 5s: 1 of 2 not ready: auth',
    ready: 1,
    total: 2,
    elapsed_ms: 5000,
  },
]

test('every event is one object on one line, with the fields that apply to it', () => {
  const lines = log(events, { verbose: true })
  assert.deepEqual(
    lines.map((line) => JSON.parse(line)),
    expected,
  )
  for (const line of lines) assert.match(line, /^\{[^\n]*\}\n$/)
})

test('attempts are left out unless --verbose', () => {
  assert.deepEqual(
    log(events).map((line) => JSON.parse(line).event),
    ['start', 'change', 'change', 'heartbeat', 'result', 'result', 'end'],
  )
})

test('--quiet leaves only why a wait failed', () => {
  assert.deepEqual(
    log(events, { quiet: true }).map((line) => JSON.parse(line)),
    expected.slice(-2),
  )
  assert.deepEqual(
    log([{ type: 'end', outcome: 'ready', statuses: ended, elapsedMs: 1 }], { quiet: true }),
    [],
  )
})

test('what a terminal or a line reader would act on is escaped, and comes back as it was', () => {
  const reason = 'a\nb\x1b[2J\u009b\u2028\u007f\ud800'
  const [line = ''] = log([{ type: 'change', status: failing(db, fail('X', reason)) }])
  assert.match(line, /^[\x20-\x7e]*\n$/)
  assert.equal(JSON.parse(line).reason, reason)
})
