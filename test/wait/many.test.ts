import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import process from 'node:process'
import { describe, test } from 'node:test'
import { Run } from './run.ts'
import { afterMs, failure, planOf, refused, ScriptedTarget, type Step } from './scripted-target.ts'

const full = failure({ code: 'EMFILE', reason: 'too many open files' })

function many(count: number, step: (i: number) => Step[]): ScriptedTarget[] {
  return Array.from({ length: count }, (_, i) => new ScriptedTarget(`t${i}`, ...step(i)))
}

describe('a wait for 500 targets', () => {
  test('with one down times out with that one alone missing', async () => {
    const run = new Run()
    const targets = many(500, (i) => [i === 333 ? refused : afterMs(run.clock, i % 7, 'ready')])
    assert.equal(await run.toEnd(planOf(targets, { timeout: '20s' })), 'timeout')
    assert.deepEqual(run.told.slice(-3), [
      '15000 heartbeat t333 of 500',
      '20000 result t333 waiting ECONNREFUSED',
      '20000 end timeout',
    ])
    const results = run.all('result').map(({ status }) => status.check.target)
    assert.deepEqual([results.length, new Set(results).size], [500, 500])
    assert.ok(targets.every((target, i) => i === 333 || target.attempts.length === 1))
  })

  test('that are all silent ends in time, and never has more than 128 attempts in flight', async () => {
    const run = new Run()
    let running = 0
    let most = 0
    const hang: Step = async ({ signal }) => {
      most = Math.max(most, ++running)
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
      running--
      throw refused
    }
    assert.equal(
      await run.toEnd(
        planOf(
          many(500, () => [hang]),
          { timeout: '10s' },
        ),
      ),
      'timeout',
    )
    assert.deepEqual([run.elapsedMs, most, running], [10_000, 128, 0])
  })

  test('is ended by a signal at once, though most of them wait for their turn', async () => {
    const run = new Run()
    const targets = many(500, () => ['silent'])
    const outcome = run.begin(planOf(targets))
    await run.clock.advance(50)
    run.interrupt.abort()
    assert.equal(await outcome, 'interrupted')
    assert.equal(run.elapsedMs, 50)
    await run.leavesNothing()
    assert.ok(targets.every((target) => target.running === 0 && target.attempts.length <= 1))
  })

  test('ends at once with --any, though others get their turn in the same moment', async () => {
    const run = new Run()
    const moment = new Promise<void>((resolve) => run.clock.after(10, resolve))
    const together =
      (i: number): Step =>
      async () => {
        await moment
        if (i !== 64) throw refused
        return {}
      }
    const targets = many(500, (i) => [i < 128 ? together(i) : 'silent'])
    assert.equal(await run.toEnd(planOf(targets, { any: 'true' })), 'ready')
    assert.equal(run.elapsedMs, 10)
    assert.ok(targets.every((target) => target.running === 0))
  })

  test('warns of no leak', async () => {
    const warnings: Error[] = []
    const note = (warning: Error): number => warnings.push(warning)
    process.on('warning', note)
    const run = new Run()
    await run.toEnd(planOf(many(500, () => [refused, refused, 'ready'])))
    await new Promise((resolve) => setImmediate(resolve))
    process.off('warning', note)
    assert.deepEqual(warnings, [])
  })
})

describe('a wait that runs out of descriptors', () => {
  test('makes fewer attempts at once, until they are few enough', async () => {
    const run = new Run()
    let open = 0
    const limited: Step = async () => {
      if (open >= 40) throw full
      open++
      await new Promise<void>((resolve) => run.clock.after(30, resolve))
      open--
      return {}
    }
    const targets = many(300, () => [limited])
    assert.equal(await run.toEnd(planOf(targets)), 'ready')
    const complaints = run.all('attempt').filter(({ failure }) => failure?.code === 'EMFILE')
    assert.ok(complaints.length > 0 && complaints.length < 500, `${complaints.length}`)
    assert.ok(run.elapsedMs < 3000, `${run.elapsedMs}`)
  })

  test('never takes that for a target which is down, nor for a reason to give up', async () => {
    const run = new Run()
    const plan = planOf([new ScriptedTarget('a', full)], { grace: '0', timeout: '5s' }, { untilDown: true })
    assert.equal(await run.toEnd(plan), 'timeout')
    assert.equal(run.all('end')[0]?.statuses[0]?.failure?.reason, 'not known to be down: too many open files')
  })

  test('of which nobody has any goes on trying four at a time', async () => {
    const run = new Run()
    const targets = many(20, () => [full])
    const outcome = await run.toEnd(planOf(targets, { timeout: '1m' }))
    assert.equal(outcome, 'timeout')
    assert.ok(targets.every((target) => target.attempts.length > 10))
  })
})

describe('a long wait', () => {
  test('of an hour costs one attempt in 2 s, and its listeners do not add up', async () => {
    const run = new Run()
    const target = new ScriptedTarget('a', refused)
    const outcome = run.begin(planOf([target], { timeout: '1h' }))
    await run.clock.advance(600_000)
    const timers = run.clock.pending
    await run.clock.advance(1_200_000)
    assert.equal(run.clock.pending, timers)
    assert.equal(getEventListeners(run.interrupt.signal, 'abort').length, 1)
    assert.equal(await run.clock.runUntil(outcome), 'timeout')
    assert.ok(target.attempts.length > 1790 && target.attempts.length < 1840, `${target.attempts.length}`)
    await run.leavesNothing()
  })

  test('sees an answer that comes after 1 s within 0.5 s, and one after a minute within 2.4 s, at worst', async () => {
    for (const [readyAt, within] of [
      [300, 300],
      [1000, 500],
      [5000, 1000],
      [60_000, 2400],
    ] as const) {
      for (const random of [0, 0.5, 1]) {
        const run = new Run()
        run.random = random
        const start = run.clock.now()
        const target = new ScriptedTarget('a', async () => {
          if (run.clock.now() - start < readyAt) throw refused
          return {}
        })
        assert.equal(await run.toEnd(planOf([target])), 'ready')
        assert.ok(
          run.elapsedMs >= readyAt && run.elapsedMs <= readyAt + within,
          `${readyAt}: ${run.elapsedMs}`,
        )
      }
    }
  })
})
