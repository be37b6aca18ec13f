import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Run } from './run.ts'
import { afterMs, password, planOf, refused, reset, ScriptedTarget } from './scripted-target.ts'

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

  test('may pass within the grace', async () => {
    const run = new Run()
    const target = new ScriptedTarget('a', password, password, 'ready')
    assert.equal(await run.toEnd(planOf([target], { grace: '1s' })), 'ready')
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
