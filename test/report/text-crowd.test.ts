/** What the text log does when there is much to say. */
import assert from 'node:assert/strict'
import test from 'node:test'
import type { WaitEvent } from '../../src/wait/event.ts'
import { fail, failing, noSuchName, port, refused } from './statuses.ts'
import { log, start } from './text-log.ts'

test('when every target refuses, the heartbeat tells the usual cause, once', () => {
  const pending = [failing(port(1)), failing(port(2))]
  const beat: WaitEvent = { type: 'heartbeat', pending, total: 2, elapsedMs: 15_000 }
  const lines = log([start(port(1), port(2)), beat, beat])
  assert.deepEqual(lines[0], 'still waiting after 15s for 2 of 2: tcp db:1 and tcp db:2 (connection refused)')
  assert.match(lines[1] ?? '', /^hint: every target refuses: .*mesh/)
  assert.equal(lines.length, 3)
})

test('a check that flaps is told three times and then left to the heartbeats', () => {
  const reset = fail('ECONNRESET', 'connection reset by peer')
  const flapping = Array.from(
    { length: 40 },
    (_, i): WaitEvent => ({
      type: 'change',
      status: failing(port(1), i % 2 === 0 ? refused : reset, i + 1),
    }),
  )
  assert.equal(log([start(port(1)), ...flapping]).length, 6)
})

test('500 checks fill neither the log with the same reason nor a heartbeat with all names', () => {
  const checks = Array.from({ length: 500 }, (_, i) => port(i + 1))
  const changes = checks.map(
    (check, i): WaitEvent => ({
      type: 'change',
      status: failing(check, i === 499 ? noSuchName : refused),
    }),
  )
  const pending = checks.map((check, i) => failing(check, i === 499 ? noSuchName : refused))
  const beat: WaitEvent = { type: 'heartbeat', pending, total: 500, elapsedMs: 15_000 }
  const end: WaitEvent = { type: 'end', outcome: 'timeout', statuses: pending, elapsedMs: 300_000 }
  const names = 'tcp db:2, tcp db:3, tcp db:4, tcp db:5, tcp db:6, tcp db:7'
  assert.deepEqual(log([start(...checks), ...changes, beat, end]), [
    'waiting    tcp db:1    connection refused',
    'waiting    tcp db:2    connection refused',
    'waiting    tcp db:3    connection refused',
    'waiting    tcp db:4    connection refused',
    'waiting    tcp db:5    connection refused',
    'waiting    and more    connection refused (the others are not listed)',
    'waiting    tcp db:500  no such name',
    '           hint: tried kafka.prod.svc.cluster.local',
    `still waiting after 15s for 500 of 500: tcp db:1, ${names} and 492 more (connection refused), tcp db:500 (no such name)`,
    `timed out after 5m: 500 of 500 not ready: tcp db:1, tcp db:500, ${names} and 492 more`,
  ])
})

test('a heartbeat about many different reasons names eight of them', () => {
  const pending = Array.from({ length: 20 }, (_, i) => failing(port(i), fail('X', `reason ${i}`)))
  const [line = ''] = log([{ type: 'heartbeat', pending, total: 20, elapsedMs: 15_000 }])
  assert.match(
    line,
    /^still waiting after 15s for 20 of 20: tcp db:0 \(reason 0\), .*tcp db:7 \(reason 7\) and 12 more$/,
  )
})
