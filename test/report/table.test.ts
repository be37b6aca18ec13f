import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { Failure } from '../../src/checks/failure.ts'
import type { Line } from '../../src/report/line.ts'
import { finalTable, liveTable } from '../../src/report/table.ts'
import { displayWidth } from '../../src/report/width.ts'
import type { CheckStatus } from '../../src/wait/event.ts'
import { auth, db, fail, failing, kafka, noSuchName, port, ready, refused, status } from './statuses.ts'

const text = (lines: readonly Line[]): string[] => lines.map((line) => line.text)
const wide = { columns: 100, rows: 24 }
const three = [ready(db, 4200, 14, 'PostgreSQL 17.2'), status(auth), failing(kafka, noSuchName, 30)]

test('the live table has a row a check, hints below their checks, and a summary', () => {
  assert.deepEqual(text(liveTable(three, 15_000, 3, undefined, wide)), [
    'ready      postgres://app@db:5432/app  after 4.2s, 14 attempts (PostgreSQL 17.2)',
    'waiting    http://auth:8080/healthz    no answer yet',
    'waiting    dns kafka                   no such name',
    '           hint: tried kafka.prod.svc.cluster.local',
    '⠸ 1 of 3 ready, 15s',
  ])
})

test('a narrower terminal cuts labels and reasons, and shows that it did', () => {
  assert.deepEqual(text(liveTable(three, 15_000, 3, undefined, { columns: 40, rows: 24 })), [
    'ready      postgres://a…  after 4.2s, 1…',
    'waiting    http://auth:…  no answer yet',
    'waiting    dns kafka      no such name',
    '           hint: tried',
    '           kafka.prod.svc.cluster.local',
    '⠸ 1 of 3 ready, 15s',
  ])
})

test('hints give way first when the terminal is low', () => {
  assert.deepEqual(text(liveTable(three, 15_000, 3, 'all of them', { columns: 100, rows: 4 })), [
    'ready      postgres://app@db:5432/app  after 4.2s, 14 attempts (PostgreSQL 17.2)',
    'waiting    http://auth:8080/healthz    no answer yet',
    'waiting    dns kafka                   no such name',
    '⠸ 1 of 3 ready, 15s',
  ])
})

test('more checks than rows: those in trouble are shown, the rest is counted', () => {
  const many = Array.from({ length: 500 }, (_, i) => (i < 460 ? ready(port(i), 10) : failing(port(i))))
  const stuck = failing(db, fail('28P01', 'password rejected for user app'), 4, 900, 'stuck')
  assert.deepEqual(text(liveTable([...many, stuck], 15_000, 0, undefined, { columns: 100, rows: 5 })), [
    'waiting    tcp db:460                  connection refused',
    'waiting    tcp db:461                  connection refused',
    'stuck      postgres://app@db:5432/app  password rejected for user app',
    '           and 498 more: 460 ready, 38 waiting',
    '⠋ 460 of 501 ready, 15s',
  ])
})

test('the table that stays tells in full why a check was not ready, whatever the width', () => {
  const reason = 'password rejected for user "app", which is a fairly long story'
  const statuses = [
    ready(db, 4200, 14, 'PostgreSQL 17.2 and more than fits'),
    failing(auth, fail('X', reason, 'one hint'), 140, 300_000),
    failing(kafka, fail('Y', reason, 'one hint'), 140, 300_000, 'failed'),
  ]
  assert.deepEqual(text(finalTable(statuses, undefined, { columns: 50, rows: 24 })), [
    'ready      postgres://app@db…  after 4.2s, 14 att…',
    'not ready  http://auth:8080/healthz after 5m, 140',
    '           attempts: password rejected for user',
    '           "app", which is a fairly long story',
    '           hint: one hint',
    'gave up    dns kafka after 5m, 140 attempts:',
    '           password rejected for user "app", which',
    '           is a fairly long story',
  ])
})

test('in the table that stays, ready checks are counted when there are more than rows', () => {
  const many = Array.from({ length: 40 }, (_, i) => (i === 7 ? failing(port(i)) : ready(port(i), 10)))
  assert.deepEqual(text(finalTable(many, undefined, wide)), [
    'not ready  tcp db:7   after 2ms: connection refused',
    '           39 ready',
  ])
})

test('labels of wide characters are lined up by the columns they take', () => {
  const names = ['数据库', 'db'].map((name, i) => failing({ ...port(i), name }))
  assert.deepEqual(text(liveTable(names, 0, 0, undefined, wide)).slice(0, 2), [
    'waiting    数据库  connection refused',
    'waiting    db      connection refused',
  ])
})

const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 80 }),
  fc.string({ unit: 'grapheme', maxLength: 80 }),
  fc.string({ maxLength: 80 }),
)
const anyStatus: fc.Arbitrary<CheckStatus> = fc.record({
  check: fc.record({
    kind: fc.constantFrom('tcp', 'dns'),
    target: anyText,
    name: fc.option(anyText, { nil: undefined }),
  }),
  state: fc.constantFrom('waiting', 'stuck', 'ready', 'failed'),
  attempts: fc.nat(1000),
  elapsedMs: fc.nat(1e8),
  failure: fc.option(
    fc
      .record({ code: fc.constant('X'), reason: anyText, hint: fc.option(anyText, { nil: undefined }) })
      .map((detail) => new Failure(detail)),
    { nil: undefined },
  ),
  detail: fc.option(anyText, { nil: undefined }),
})

test('whatever a name, a reason or a terminal is like, no line is too wide or holds what cannot be seen', () => {
  fc.assert(
    fc.property(
      fc.array(anyStatus, { minLength: 1, maxLength: 12 }),
      fc.integer({ min: 1, max: 130 }),
      fc.integer({ min: 1, max: 15 }),
      fc.option(anyText, { nil: undefined }),
      (statuses, columns, rows, hint) => {
        const live = liveTable(statuses, 1234, 5, hint, { columns, rows })
        assert.ok(live.length <= rows, `${live.length} lines in ${rows} rows`)
        for (const line of [...live, ...finalTable(statuses, hint, { columns, rows })]) {
          assert.ok(displayWidth(line.text) <= columns, JSON.stringify(line.text))
          assert.doesNotMatch(line.text, /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u200e\u200f\u202a-\u202e\u2066-\u2069]/u)
        }
      },
    ),
    { numRuns: 300 },
  )
})

test('a failure of every check is shown with what they have in common', () => {
  const lines = text(finalTable([failing(port(1)), failing(port(2), refused)], 'a mesh?', wide))
  assert.equal(lines.at(-1), 'hint: a mesh?')
})
