import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { exitCode } from '../../src/wait/verdict.ts'
import { Run } from './run.ts'
import { afterMs, password, planOf, refused, ScriptedTarget } from './scripted-target.ts'

describe('with --any', () => {
  test('a wait ends as soon as one check is ready, and cuts the others', async () => {
    const run = new Run()
    const silent = new ScriptedTarget('a', 'silent')
    const plan = planOf([silent, new ScriptedTarget('b', refused, 'ready')], { any: 'true' })
    assert.equal(await run.toEnd(plan), 'ready')
    assert.deepEqual(run.told.slice(-3), [
      '100 result b ready found',
      '100 result a waiting TIMEOUT',
      '100 end ready',
    ])
    assert.equal(silent.running, 0)
  })

  test('one that has failed is given up while the others go on', async () => {
    const run = new Run()
    const wrong = new ScriptedTarget('a', password)
    const plan = planOf([wrong, new ScriptedTarget('b', afterMs(run.clock, 2000, 'ready'))], {
      any: 'true',
      grace: '0',
    })
    assert.equal(await run.toEnd(plan), 'ready')
    assert.equal(wrong.attempts.length, 1)
  })

  test('it has failed only when all have', async () => {
    const run = new Run()
    const plan = planOf([new ScriptedTarget('a', password), new ScriptedTarget('b', refused, password)], {
      any: 'true',
      grace: '0',
    })
    assert.equal(await run.toEnd(plan), 'failed')
    assert.equal(run.elapsedMs, 100)
  })

  test('it times out when one has failed and the others may still come', async () => {
    const run = new Run()
    const plan = planOf([new ScriptedTarget('a', password), new ScriptedTarget('b', refused)], {
      any: 'true',
      grace: '0',
      timeout: '5s',
    })
    assert.equal(await run.toEnd(plan), 'timeout')
    assert.equal(run.elapsedMs, 5000)
  })
})

describe('with --once', () => {
  const outcomes: [string, ConstructorParameters<typeof ScriptedTarget>[1][], string | undefined, 0 | 1][] = [
    ['all ready', ['ready', 'ready'], undefined, 0],
    ['one refused', ['ready', refused], undefined, 1],
    ['one with a wrong password', ['ready', password], undefined, 1],
    ['one silent', ['silent', 'ready'], undefined, 1],
    ['all silent', ['silent', 'silent'], undefined, 1],
    ['one refused, with --any', [refused, 'ready'], 'true', 0],
    ['all refused, with --any', [refused, refused], 'true', 1],
    ['one silent, with --any', ['silent', 'ready'], 'true', 0],
  ]
  for (const [what, steps, any, code] of outcomes) {
    test(`${what} is exit code ${code}, after one attempt each`, async () => {
      const run = new Run()
      const targets = steps.map((step, i) => new ScriptedTarget(`t${i}`, step))
      const outcome = await run.toEnd(planOf(targets, { once: 'true', grace: '0', any: any ?? 'false' }))
      assert.equal(exitCode(outcome), code)
      for (const target of targets) assert.equal(target.attempts.length, 1)
      assert.equal(run.all('result').length, steps.length)
      assert.ok(run.elapsedMs <= 3000)
    })
  }

  test('one success is enough, however many are asked for in a row', async () => {
    const run = new Run()
    assert.equal(
      await run.toEnd(planOf([new ScriptedTarget('a', 'ready')], { once: 'true', successes: '3' })),
      'ready',
    )
  })

  test('a wait whose time is up before the attempt is over is not ready, never a timeout', async () => {
    const run = new Run()
    const plan = planOf([new ScriptedTarget('a', 'silent')], { once: 'true', timeout: '1s' })
    assert.equal(await run.toEnd(plan), 'not-ready')
    assert.equal(run.elapsedMs, 1000)
    assert.deepEqual(run.told.slice(1), ['1000 result a waiting TIMEOUT', '1000 end not-ready'])
  })

  test('a signal still ends it', async () => {
    const run = new Run()
    const outcome = run.begin(planOf([new ScriptedTarget('a', 'silent')], { once: 'true' }))
    await run.clock.advance(10)
    run.interrupt.abort()
    assert.equal(await outcome, 'interrupted')
    await run.leavesNothing()
  })

  test('a target that should be down is looked at once', async () => {
    for (const [step, outcome] of [
      [refused, 'ready'],
      ['silent', 'ready'],
      ['ready', 'not-ready'],
      [password, 'not-ready'],
    ] as const) {
      const run = new Run()
      const plan = planOf([new ScriptedTarget('a', step)], { once: 'true' }, { untilDown: true })
      assert.equal(await run.toEnd(plan), outcome)
    }
  })
})
