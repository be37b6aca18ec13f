import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Failure, type FailureDetail } from '../../src/checks/failure.ts'
import type { CheckState } from '../../src/wait/event.ts'
import {
  type AttemptResult,
  advance,
  beginning,
  graceLeft,
  isChange,
  isDecided,
  type Progress,
  type Rules,
} from '../../src/wait/progress.ts'

const rules: Rules = { successes: 1, untilDown: false, graceMs: 30_000, once: false }
const ok: AttemptResult = { ready: true, detail: '200 OK' }
const failed = (detail: Partial<FailureDetail>): AttemptResult => ({
  ready: false,
  failure: new Failure({ code: 'X', reason: 'x', ...detail }),
})
const refused = failed({ code: 'ECONNREFUSED', reason: 'connection refused', down: true })
const reset = failed({ code: 'ECONNRESET', reason: 'connection reset' })
const password = failed({ code: '28P01', reason: 'password rejected', lasting: true, hint: 'h' })
const missing = failed({ code: '3D000', reason: 'no such database', lasting: true })

/** Runs attempts, one a second (or at given seconds), from the start. */
function run(rules: Rules, ...steps: (AttemptResult | [number, AttemptResult])[]): Progress[] {
  let progress = beginning
  return steps.map((step, i) => {
    const [seconds, result] = Array.isArray(step) ? step : [i, step]
    progress = advance(progress, result, rules, seconds * 1000)
    return progress
  })
}

function last(rules: Rules, ...steps: (AttemptResult | [number, AttemptResult])[]): Progress {
  return run(rules, ...steps).at(-1) ?? beginning
}

const states = (progress: Progress[]): CheckState[] => progress.map(({ state }) => state)

describe('a check', () => {
  test('waits while its failures may pass, and counts its attempts', () => {
    const steps = run(rules, refused, reset, refused)
    assert.deepEqual(states(steps), ['waiting', 'waiting', 'waiting'])
    assert.deepEqual([steps[2]?.attempts, steps[2]?.failure?.code], [3, 'ECONNREFUSED'])
  })

  test('is ready with its first success, and then has no failure', () => {
    const { state, failure, detail, attempts } = last(rules, refused, password, ok)
    assert.deepEqual([state, failure, detail, attempts], ['ready', undefined, '200 OK', 3])
  })

  test('is stuck on a lasting failure, and failed once that outlasted the grace', () => {
    const steps = run(rules, [0, refused], [1, password], [20, password], [30.999, password], [31, password])
    assert.deepEqual(states(steps), ['waiting', 'stuck', 'stuck', 'stuck', 'failed'])
    assert.equal(steps[4]?.failure?.code, '28P01')
  })

  test('fails at once without grace', () => {
    assert.deepEqual(states(run({ ...rules, graceMs: 0 }, refused, password)), ['waiting', 'failed'])
  })

  test('begins its grace anew after a failure that may pass', () => {
    const steps = run(rules, [0, password], [29, reset], [31, password], [60, password], [61, password])
    assert.deepEqual(states(steps), ['stuck', 'waiting', 'stuck', 'stuck', 'failed'])
  })

  test('does not begin its grace anew for another lasting failure', () => {
    assert.deepEqual(states(run(rules, [0, password], [29, missing], [30, missing])), [
      'stuck',
      'stuck',
      'failed',
    ])
  })

  test('begins its grace anew after a success that is not yet enough', () => {
    const steps = run({ ...rules, successes: 2 }, [0, password], [29, ok], [31, password], [60, password])
    assert.deepEqual(states(steps), ['stuck', 'waiting', 'stuck', 'stuck'])
  })

  test('that needs several successes in a row says how many there are, and counts again after a failure', () => {
    const steps = run({ ...rules, successes: 3 }, ok, ok, reset, ok, ok, ok)
    assert.deepEqual(states(steps), ['waiting', 'waiting', 'waiting', 'waiting', 'waiting', 'ready'])
    assert.deepEqual(
      steps.map(({ failure }) => failure?.reason),
      [
        '1 of 3 successes in a row',
        '2 of 3 successes in a row',
        'connection reset',
        '1 of 3 successes in a row',
        '2 of 3 successes in a row',
        undefined,
      ],
    )
    assert.deepEqual([steps[1]?.failure?.code, steps[1]?.failure?.lasting], ['SUCCESSES', false])
  })

  test('that has one attempt is ready or not by that one', () => {
    const once = { ...rules, once: true, successes: 3, graceMs: 0 }
    assert.equal(last(once, ok).state, 'ready')
    for (const result of [refused, reset, password]) {
      const progress = last(once, result)
      assert.equal(progress.state, 'waiting')
      assert.equal(isDecided(progress, once), true)
    }
  })
})

describe('a check that waits until its target is down', () => {
  const down = { ...rules, untilDown: true }
  const notDown: [string, AttemptResult, string, string][] = [
    ['a success', ok, 'STILL_UP', 'still answering: 200 OK'],
    ['a success without detail', { ready: true, detail: undefined }, 'STILL_UP', 'still answering'],
    ['a wrong password', password, '28P01', 'not known to be down: password rejected'],
    ['a missing database', missing, '3D000', 'not known to be down: no such database'],
    ['a reset', reset, 'ECONNRESET', 'not known to be down: connection reset'],
    ['a failing DNS server', failed({ code: 'SERVFAIL' }), 'SERVFAIL', 'not known to be down: x'],
    ['a silence after it spoke', failed({ code: 'TIMEOUT' }), 'TIMEOUT', 'not known to be down: x'],
    ['a lack of descriptors', failed({ code: 'EMFILE' }), 'EMFILE', 'not known to be down: x'],
  ]
  for (const [what, result, code, reason] of notDown) {
    test(`takes ${what} for an answer, and never for a reason to give up`, () => {
      const { state, failure, stuckSince } = last({ ...down, graceMs: 0 }, [0, result], [99, result])
      assert.deepEqual(
        [state, failure?.code, failure?.reason, failure?.lasting],
        ['waiting', code, reason, false],
      )
      assert.equal(stuckSince, undefined)
    })
  }

  test('keeps the hint', () => assert.equal(last(down, password).failure?.hint, 'h'))

  const isDown: [string, AttemptResult][] = [
    ['refused', refused],
    ['without such a name', failed({ code: 'DNS_NXDOMAIN', down: true })],
    ['silent for a whole attempt', failed({ code: 'TIMEOUT', down: true })],
  ]
  for (const [what, result] of isDown) {
    test(`is ready when it is ${what}`, () => {
      const { state, detail, failure } = last(down, ok, result)
      assert.deepEqual([state, failure], ['ready', undefined])
      assert.match(detail ?? '', /^down: /)
    })
  }

  test('counts in a row', () => {
    assert.deepEqual(states(run({ ...down, successes: 2 }, refused, ok, refused, refused)), [
      'waiting',
      'waiting',
      'waiting',
      'ready',
    ])
  })
})

describe('between two attempts', () => {
  const changes: [string, Progress, Progress, boolean][] = [
    ['the first attempt', beginning, last(rules, refused), true],
    ['the same reason again', last(rules, refused), last(rules, refused, refused), false],
    ['another reason', last(rules, refused), last(rules, refused, reset), true],
    ['another state', last(rules, refused), last(rules, refused, password), true],
    ['another lasting reason', last(rules, password), last(rules, password, missing), true],
    ['ready', last(rules, refused), last(rules, refused, ok), true],
    [
      'one more success',
      last({ ...rules, successes: 3 }, ok),
      last({ ...rules, successes: 3 }, ok, ok),
      false,
    ],
  ]
  for (const [what, before, after, told] of changes) {
    test(`${what} is ${told ? '' : 'not '}told`, () => assert.equal(isChange(before, after), told))
  }

  test('nothing is decided but ready and failed', () => {
    assert.equal(isDecided(beginning, rules), false)
    assert.equal(isDecided(beginning, { ...rules, once: true }), false)
    assert.equal(isDecided(last(rules, refused), rules), false)
    assert.equal(isDecided(last(rules, password), rules), false)
    assert.equal(isDecided(last(rules, ok), rules), true)
    assert.equal(isDecided(last({ ...rules, graceMs: 0 }, password), rules), true)
  })

  test('the time left of the grace is known while it runs', () => {
    assert.equal(graceLeft(last(rules, refused), rules, 9000), undefined)
    assert.equal(graceLeft(last(rules, [5, password]), rules, 9000), 26_000)
    assert.equal(graceLeft(last(rules, [5, password]), rules, 99_000), 0)
  })
})
