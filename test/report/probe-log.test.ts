import assert from 'node:assert/strict'
import test from 'node:test'
import { Failure } from '../../src/checks/failure.ts'
import { makeReporters } from '../../src/report/reporters.ts'
import type { CheckStatus, Outcome, WaitEvent } from '../../src/wait/event.ts'
import { auth, db, fail, failing, kafka, port, ready, refused } from './statuses.ts'

const rejected = new Failure({ code: '28P01', reason: 'password rejected for user app', lasting: true })
const web = { kind: 'http', target: 'http://127.0.0.1:8080/', name: undefined }
const local = fail('ECONNREFUSED', 'connection refused', '127.0.0.1 is this pod itself: …')

/** What a probe prints that found this: its checks end in another order and after other times at every run. */
function printed(
  outcome: Outcome,
  statuses: readonly CheckStatus[],
  options: { quiet?: boolean; log?: 'text' | 'json' } = {},
): string {
  let text = ''
  const reporter = makeReporters({
    log: 'text',
    quiet: false,
    verbose: false,
    once: true,
    tty: false,
    colour: false,
    columns: () => 80,
    rows: () => 24,
    write: (piece) => {
      text += piece
    },
    now: () => new Date(0),
    leave() {},
    ...options,
  })
  const late = statuses.map((status): CheckStatus => ({ ...status, elapsedMs: Math.random() * 1e5 }))
  const events: WaitEvent[] = [
    { type: 'start', statuses },
    { type: 'heartbeat', pending: late, total: late.length, elapsedMs: 15_000 },
    ...[...late].sort(() => Math.random() - 0.5).map((status): WaitEvent => ({ type: 'result', status })),
    { type: 'end', outcome, statuses: late, elapsedMs: Math.random() * 1e5 },
  ]
  for (const event of events) reporter.on(event)
  reporter.close()
  return text
}

const rows: readonly [what: string, Outcome, readonly CheckStatus[], readonly string[]][] = [
  [
    'one check',
    'not-ready',
    [failing(web, fail('HTTP_503', '503 Service Unavailable'))],
    ['not ready  http://127.0.0.1:8080/  asked once: 503 Service Unavailable'],
  ],
  [
    'what failed first, the worst of it in front',
    'not-ready',
    [
      ready(port(1), 3),
      failing(auth, refused),
      failing(db, rejected),
      failing(kafka, fail('X', 'no such name')),
    ],
    [
      'not ready  postgres://app@db:5432/app  asked once: password rejected for user app',
      'not ready  http://auth:8080/healthz    asked once: connection refused',
      'not ready  dns kafka                   asked once: no such name',
      'ready      tcp db:1                    asked once',
      'not ready: 3 of 4: http://auth:8080/healthz, postgres://app@db:5432/app, dns kafka',
    ],
  ],
  [
    'no hint about the pod itself',
    'not-ready',
    [failing(web, local)],
    ['not ready  http://127.0.0.1:8080/  asked once: connection refused'],
  ],
  [
    'other hints, once each',
    'not-ready',
    [failing(db, fail('X', 'no', 'ask')), failing(web, fail('X', 'no', 'ask'))],
    [
      'not ready  postgres://app@db:5432/app  asked once: no',
      '           hint: ask',
      'not ready  http://127.0.0.1:8080/      asked once: no',
      'not ready: 2 of 2: postgres://app@db:5432/app, http://127.0.0.1:8080/',
    ],
  ],
  [
    'no time that was measured',
    'not-ready',
    [
      failing(port(1), fail('CLOSED', 'connection closed by peer 12ms after it was accepted')),
      failing(port(2), fail('ECONNRESET', 'connection reset by peer 1.2s after it was accepted')),
      failing(port(3), fail('TIMEOUT', 'no answer in 3s (waiting for the banner)')),
    ],
    [
      'not ready  tcp db:1  asked once: connection closed by peer after it was accepted',
      'not ready  tcp db:2  asked once: connection reset by peer after it was accepted',
      'not ready  tcp db:3  asked once: no answer in 3s (waiting for the banner)',
      'not ready: 3 of 3: tcp db:1, tcp db:2, tcp db:3',
    ],
  ],
  [
    'interrupted',
    'interrupted',
    [failing(web)],
    [
      'not ready  http://127.0.0.1:8080/  asked once: connection refused',
      'interrupted: http://127.0.0.1:8080/',
    ],
  ],
]

test('a probe that is ready is told as any wait is, since Kubernetes keeps nothing of it; quietly it is not', () => {
  assert.match(
    printed('ready', [ready(web, 3, 1, '200 OK')]),
    /^ready {6}http:\/\/127\.0\.0\.1:8080\/ {2}after \S+ \(200 OK\)\n$/,
  )
  const two = printed('ready', [ready(web, 3, 1, '200 OK'), ready(port(1), 8)])
  assert.match(two, /^ready .* \(200 OK\)\nready {6}tcp db:1 +after .*\nready: 2 of 2 in \S+\n$/)
  assert.equal(printed('ready', [ready(web, 3)], { quiet: true }), '')
})

for (const [what, outcome, statuses, lines] of rows) {
  test(`a probe prints the same at every run: ${what}`, () => {
    for (let run = 0; run < 5; run++) {
      assert.deepEqual(printed(outcome, statuses).trimEnd().split('\n'), lines)
    }
    const quiet = printed(outcome, statuses, { quiet: true })
    assert.equal(quiet, `${lines.join('\n')}\n`)
  })
}

test('a log of JSON keeps its times, without that hint', () => {
  const text = printed('not-ready', [failing(web, local)], { log: 'json' })
  assert.match(text, /"reason":"connection refused","code":"ECONNREFUSED","elapsed_ms":\d/)
  assert.doesNotMatch(text, /hint/)
})
