import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Run } from './run.ts'
import { afterMs, noDatabase, password, planOf, refused, reset, ScriptedTarget } from './scripted-target.ts'

describe('a lasting failure', () => {
  test('is tried for the last time exactly when the grace ends', async () => {
    const run = new Run()
    const target = new ScriptedTarget('a', refused, password)
    assert.equal(await run.toEnd(planOf([target], { grace: '10s' })), 'failed')
    assert.deepEqual(run.told.slice(-3), [
      '100 change a stuck 28P01',
      '10100 result a failed 28P01',
      '10100 end failed',
    ])
  })

  test('has its grace also when the attempts themselves are long', async () => {
    const run = new Run()
    const late = afterMs(run.clock, 2500, password)
    assert.equal(await run.toEnd(planOf([new ScriptedTarget('a', late)], { grace: '4s' })), 'failed')
    // Stuck from 2.5 s on, so the last attempt begins at 6.5 s at the latest.
    assert.deepEqual([run.elapsedMs >= 6500, run.elapsedMs <= 9000], [true, true])
  })

  test('that turned a login down is tried again after 5 to 10 s: a thousand pods must not lock the account', async () => {
    for (const [random, attempts] of [
      [0, [80, 5080, 10_080, 15_080, 20_080, 25_080, 30_080]],
      [0.5, [100, 7600, 15_100, 22_600, 30_100]],
      [0.9, [120, 9620, 19_120, 24_620, 30_120]],
      [0.999, [120, 10_120, 20_120, 25_120, 30_120]],
    ] as const) {
      const run = new Run()
      run.random = random
      const target = new ScriptedTarget('a', refused, password)
      assert.equal(await run.toEnd(planOf([target], { grace: '30s' })), 'failed')
      const at = run
        .all('attempt')
        .slice(1)
        .map((event) => Math.round(event.at / 20) * 20)
      assert.deepEqual(at, attempts)
    }
  })

  test('that turned a login down waits as long as the backoff says, where that is longer', async () => {
    const run = new Run()
    const target = new ScriptedTarget('a', password)
    await run.toEnd(planOf([target], { grace: '60s', backoff: '20s..20s' }))
    assert.deepEqual(
      run.all('attempt').map((event) => event.at),
      [0, 20_000, 40_000, 60_000],
    )
  })

  test('of another sort is tried as often as any', async () => {
    const run = new Run()
    const target = new ScriptedTarget('a', noDatabase)
    await run.toEnd(planOf([target], { grace: '30s' }))
    assert.ok(target.attempts.length > 15, `${target.attempts.length} attempts`)
  })

  test('may pass within the grace', async () => {
    const run = new Run()
    const target = new ScriptedTarget('a', password, password, 'ready')
    assert.equal(await run.toEnd(planOf([target], { grace: '30s' })), 'ready')
  })

  test('that other failures interrupt has its whole grace again', async () => {
    const run = new Run()
    const target = new ScriptedTarget('a', async () => {
      if (run.elapsedMs < 9000) throw password
      if (run.elapsedMs < 11_000) throw reset
      throw password
    })
    assert.equal(await run.toEnd(planOf([target], { grace: '10s' })), 'failed')
    const stuck = run.all('change').filter(({ status }) => status.state === 'stuck')
    assert.equal(stuck.length, 2)
    assert.equal(run.elapsedMs, (stuck[1]?.at ?? 0) + 10_000)
  })

  test('whose grace is longer than the whole wait ends in a timeout', async () => {
    const run = new Run()
    assert.equal(await run.toEnd(planOf([new ScriptedTarget('a', password)], { timeout: '5s' })), 'timeout')
    assert.equal(run.told.at(-2), '5000 result a stuck 28P01')
  })
})
