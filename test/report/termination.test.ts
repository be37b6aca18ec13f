import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { terminationMessage, terminationReporter } from '../../src/report/termination.ts'
import type { Outcome, WaitEvent } from '../../src/wait/event.ts'
import { auth, db, fail, failing, kafka, port, ready, refused } from './statuses.ts'

const noSuchName = fail('DNS_NXDOMAIN', 'no such name', 'tried kafka.prod.svc.cluster.local')
const statuses = [
  ready(db, 4200, 14),
  failing(auth, refused, 140, 300_000),
  failing(kafka, noSuchName, 139, 300_000),
]

function end(outcome: Outcome = 'timeout'): WaitEvent {
  return {
    type: 'end',
    outcome,
    statuses: outcome === 'ready' ? [ready(db, 8)] : statuses,
    elapsedMs: 300_000,
  }
}

test('the message tells the outcome, then what failed with its hints, then what was ready', () => {
  assert.deepEqual(terminationMessage('timeout', statuses, 300_000).split('\n'), [
    'timed out after 5m: 2 of 3 not ready: http://auth:8080/healthz, dns kafka',
    'not ready  http://auth:8080/healthz    after 5m, 140 attempts: connection refused',
    'not ready  dns kafka                   after 5m, 139 attempts: no such name',
    '           hint: tried kafka.prod.svc.cluster.local',
    'ready      postgres://app@db:5432/app  after 4.2s, 14 attempts',
  ])
})

test('a message about one check', () => {
  const one = [failing(port(1), refused, 9, 5000)]
  const line = 'not ready  tcp db:1  after 5s, 9 attempts: connection refused'
  assert.equal(terminationMessage('timeout', one, 5000), `timed out after 5s: tcp db:1\n${line}`)
  assert.equal(terminationMessage('not-ready', one, 5000), line)
})

test('a message about 500 checks keeps to 4095 bytes and says how many it leaves out', () => {
  const many = Array.from({ length: 500 }, (_, i) =>
    i === 499 ? failing(kafka, noSuchName) : failing(port(i)),
  )
  const message = terminationMessage('timeout', many, 1000)
  assert.ok(Buffer.byteLength(message) < 4096)
  assert.match(message, /\nand \d+ more$/)
  const told = message.split('\n').filter((line) => line.startsWith('not ready  ')).length
  assert.equal(told + Number(/and (\d+) more$/.exec(message)?.[1]), 500)
  assert.match(message, /dns kafka/)
})

test('however long and strange names and reasons are, the message is at most 4095 bytes of whole characters', () => {
  const strange = fc.string({ unit: 'binary', maxLength: 3000 })
  fc.assert(
    fc.property(fc.array(fc.tuple(strange, strange), { minLength: 1, maxLength: 9 }), (texts) => {
      const checks = texts.map(([name, reason]) =>
        failing({ kind: 'tcp', target: 'db:1', name }, fail('X', reason, reason)),
      )
      const message = terminationMessage('timeout', checks, 1000)
      assert.ok(Buffer.byteLength(message) < 4096)
      assert.equal(Buffer.from(message).toString(), message)
      assert.doesNotMatch(message, /\ufffd$/)
    }),
    { numRuns: 100 },
  )
})

for (const [outcome, commandFollows, left] of [
  ['timeout', false, /^timed out after 5m: 2 of 3.*false$/s],
  ['ready', false, /^ready {6}postgres:.* after 8ms true$/],
  ['timeout', true, /^timed out/],
  ['ready', true, /^$/],
] as const) {
  test(`the end is told, unless a command follows a success: ${outcome}, ${commandFollows}`, () => {
    const told: string[] = []
    const leave = (message: () => string, succeeded: boolean): number =>
      told.push(`${message()} ${succeeded}`)
    terminationReporter(leave, commandFollows).on(end(outcome))
    assert.match(told.join('\n'), left)
  })
}
