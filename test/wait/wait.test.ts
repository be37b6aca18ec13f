import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Run } from './run.ts'
import {
  afterMs,
  failure,
  noDatabase,
  password,
  planOf,
  refused,
  reset,
  ScriptedTarget,
} from './scripted-target.ts'

describe('a wait', () => {
  test('tells its start, each change once, each result once, and its end, in this order', async () => {
    const run = new Run()
    const a = new ScriptedTarget('a', refused, refused, reset, reset, noDatabase, noDatabase, 'ready')
    const b = new ScriptedTarget('b', 'ready')
    assert.equal(await run.toEnd(planOf([a, b])), 'ready')
    assert.deepEqual(run.told, [
      '0 start 2',
      '0 change a waiting ECONNREFUSED',
      '0 result b ready found',
      '250 change a waiting ECONNRESET',
      '720 change a stuck 3D000',
      '1380 result a ready found',
      '1380 end ready',
    ])
    assert.equal(run.all('attempt').length, 8)
    const [start] = run.all('start')
    assert.deepEqual(
      start?.statuses.map(({ check, state, attempts, elapsedMs, failure }) => [
        check.target,
        state,
        attempts,
        elapsedMs,
        failure,
      ]),
      [
        ['a', 'waiting', 0, 0, undefined],
        ['b', 'waiting', 0, 0, undefined],
      ],
    )
    const [end] = run.all('end')
    assert.deepEqual(
      end?.statuses.map(({ check, attempts, elapsedMs }) => [check.target, attempts, elapsedMs]),
      [
        ['a', 7, 1380],
        ['b', 1, 0],
      ],
    )
    assert.equal(end?.elapsedMs, 1380)
  })

  test('tells every attempt with its own length and what it brought', async () => {
    const run = new Run()
    const target = new ScriptedTarget(
      'a',
      afterMs(run.clock, 20, refused),
      'silent',
      afterMs(run.clock, 5, 'ready'),
    )
    await run.toEnd(planOf([target], { 'attempt-timeout': '1s' }))
    assert.deepEqual(
      run.all('attempt').map(({ tookMs, failure, status }) => [tookMs, failure?.code, status.attempts]),
      [
        [20, 'ECONNREFUSED', 1],
        [1000, 'TIMEOUT', 2],
        [5, undefined, 3],
      ],
    )
  })

  test('runs all checks at once', async () => {
    const run = new Run()
    const targets = ['a', 'b', 'c'].map((name) => new ScriptedTarget(name, afterMs(run.clock, 500, 'ready')))
    assert.equal(await run.toEnd(planOf(targets)), 'ready')
    assert.equal(run.elapsedMs, 500)
  })

  test('says every 15 s what is still missing', async () => {
    const run = new Run()
    const plan = planOf(
      [
        new ScriptedTarget('a', 'ready'),
        new ScriptedTarget('b', refused),
        new ScriptedTarget('c', async () => {
          if (run.elapsedMs < 20_000) throw refused
          return {}
        }),
      ],
      { timeout: '46s' },
    )
    assert.equal(await run.toEnd(plan), 'timeout')
    const beats = run.all('heartbeat')
    assert.deepEqual(
      beats.map(({ at, elapsedMs, total }) => [at, elapsedMs, total]),
      [
        [15_000, 15_000, 3],
        [30_000, 30_000, 3],
        [45_000, 45_000, 3],
      ],
    )
    assert.deepEqual(
      beats.map(({ pending }) => pending.map(({ check }) => check.target).join()),
      ['b,c', 'b', 'b'],
    )
    assert.equal(beats[0]?.pending[0]?.failure, refused)
  })

  test('ends exactly when its time is up, with the last reason of what is missing', async () => {
    const run = new Run()
    const plan = planOf([new ScriptedTarget('a', refused), new ScriptedTarget('b', 'ready')], {
      timeout: '10s',
    })
    assert.equal(await run.toEnd(plan), 'timeout')
    assert.deepEqual(run.told.slice(-2), ['10000 result a waiting ECONNREFUSED', '10000 end timeout'])
    const [a, b] = run.all('end')[0]?.statuses ?? []
    assert.deepEqual([a?.elapsedMs, a?.failure, b?.elapsedMs, b?.failure], [10_000, refused, 0, undefined])
  })

  test('never ends by itself when its time is 0', async () => {
    const run = new Run()
    const outcome = run.begin(planOf([new ScriptedTarget('a', refused)], { timeout: '0' }))
    await run.clock.advance(3_600_000)
    assert.equal(run.all('end').length, 0)
    run.interrupt.abort()
    assert.equal(await outcome, 'interrupted')
    await run.leavesNothing()
  })

  test('cuts a running attempt when its time is up; its silence counts only if nothing else is known', async () => {
    const run = new Run()
    const plan = planOf([new ScriptedTarget('a', 'silent'), new ScriptedTarget('b', refused, 'silent')], {
      timeout: '2s',
    })
    assert.equal(await run.toEnd(plan), 'timeout')
    assert.deepEqual(run.told.slice(-3), [
      '2000 result a waiting TIMEOUT',
      '2000 result b waiting ECONNREFUSED',
      '2000 end timeout',
    ])
    assert.equal(run.all('result')[0]?.status.failure?.reason, 'no answer in 2s')
    assert.deepEqual(
      run.all('attempt').map(({ status }) => status.check.target),
      ['b'],
    )
  })

  test('does not take a cut attempt for a target that is down', async () => {
    const run = new Run()
    const plan = planOf([new ScriptedTarget('a', 'silent')], { timeout: '2s' }, { untilDown: true })
    assert.equal(await run.toEnd(plan), 'timeout')
  })

  test('is ready when a target that should be down was silent for a whole attempt', async () => {
    const run = new Run()
    const plan = planOf([new ScriptedTarget('a', 'ready', 'silent')], {}, { untilDown: true })
    assert.equal(await run.toEnd(plan), 'ready')
    assert.deepEqual(run.told.slice(1), [
      '0 change a waiting STILL_UP',
      '3100 result a ready down: no answer in 3s',
      '3100 end ready',
    ])
  })

  test('ends at once by a signal, whatever runs', async () => {
    const run = new Run()
    const deaf = new ScriptedTarget('deaf', () => new Promise(() => {}))
    const outcome = run.begin(
      planOf([new ScriptedTarget('a', refused), new ScriptedTarget('b', 'silent'), deaf]),
    )
    await run.clock.advance(1234)
    run.interrupt.abort()
    assert.equal(await outcome, 'interrupted')
    assert.equal(run.elapsedMs, 1234)
    assert.deepEqual(run.told.slice(-4), [
      '1234 result a waiting ECONNREFUSED',
      '1234 result b waiting TIMEOUT',
      '1234 result deaf waiting TIMEOUT',
      '1234 end interrupted',
    ])
    await run.leavesNothing()
  })

  test('contacts nobody when the signal came before it began', async () => {
    const run = new Run()
    const target = new ScriptedTarget('a', 'ready')
    run.interrupt.abort()
    assert.equal(await run.toEnd(planOf([target])), 'interrupted')
    assert.equal(target.attempts.length, 0)
    assert.deepEqual(run.told, ['0 start 1', '0 result a waiting', '0 end interrupted'])
  })

  test('ends at once when one check has failed', async () => {
    const run = new Run()
    const plan = planOf(
      [
        new ScriptedTarget('a', 'silent'),
        new ScriptedTarget('b', refused, password),
        new ScriptedTarget('c', 'ready'),
      ],
      { grace: '0' },
    )
    assert.equal(await run.toEnd(plan), 'failed')
    assert.deepEqual(run.told.slice(-3), [
      '100 result b failed 28P01',
      '100 result a waiting TIMEOUT',
      '100 end failed',
    ])
  })

  test('needs as many successes in a row as it was told', async () => {
    const run = new Run()
    const target = new ScriptedTarget('a', 'ready', 'ready', refused, 'ready', 'ready', 'ready')
    assert.equal(await run.toEnd(planOf([target], { successes: '3' })), 'ready')
    assert.equal(target.attempts.length, 6)
    assert.deepEqual(run.told.slice(1), [
      '0 change a waiting SUCCESSES',
      '250 change a waiting ECONNREFUSED',
      '460 change a waiting SUCCESSES',
      '1020 result a ready found',
      '1020 end ready',
    ])
  })

  test('ends with a bug of a probe, and leaves nothing running', async () => {
    const run = new Run()
    const broken = new ScriptedTarget('a', refused, () => Promise.reject(new TypeError('x is undefined')))
    const other = new ScriptedTarget('b', 'silent')
    const outcome = run.begin(planOf([broken, other], { timeout: '1m' }))
    await assert.rejects(run.clock.runUntil(outcome), { name: 'TypeError', message: 'x is undefined' })
    await run.leavesNothing()
    assert.deepEqual([other.running, other.attempts[0]?.signal.aborted], [0, true])
    assert.equal(run.all('end').length, 0)
  })

  test('retries what says it may pass, by whatever code', async () => {
    const run = new Run()
    const codes = ['57P03', 'HTTP_503', 'DNS_NXDOMAIN', 'EMFILE'].map((code) =>
      failure({ code, reason: code }),
    )
    assert.equal(
      await run.toEnd(planOf([new ScriptedTarget('a', ...codes, 'ready')], { grace: '0' })),
      'ready',
    )
  })
})
