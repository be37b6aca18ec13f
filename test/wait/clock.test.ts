import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { describe, mock, test } from 'node:test'
import { sleep, systemClock } from '../../src/wait/clock.ts'
import { FakeClock } from './fake-clock.ts'

describe('the clock of this machine', () => {
  test('never goes back and is not the wall clock', () => {
    const before = systemClock.now()
    assert.ok(systemClock.now() >= before)
    assert.ok(before < Date.now() / 2)
  })

  test('calls back after the time, or not at all when it is taken back', async () => {
    const started = systemClock.now()
    let called = false
    const cancel = systemClock.after(5, () => {
      called = true
    })
    cancel()
    await new Promise<void>((resolve) => systemClock.after(20, resolve))
    assert.equal(called, false)
    assert.ok(systemClock.now() - started >= 19)
  })

  test('keeps times that are too long for one timer, and can take them back in any part', () => {
    mock.timers.enable({ apis: ['setTimeout'] })
    try {
      const longest = 2 ** 31 - 1
      let called = 0
      systemClock.after(longest + 5000, () => called++)
      const cancel = systemClock.after(longest + 5000, () => called++)
      mock.timers.tick(longest)
      cancel()
      mock.timers.tick(4999)
      assert.equal(called, 0)
      mock.timers.tick(1)
      assert.equal(called, 1)
    } finally {
      mock.timers.reset()
    }
  })
})

describe('sleep', () => {
  test('ends after its time and leaves nothing', async () => {
    const clock = new FakeClock()
    const { signal } = new AbortController()
    const started = clock.now()
    await clock.runUntil(sleep(clock, 250, signal))
    assert.equal(clock.now() - started, 250)
    assert.deepEqual([clock.pending, getEventListeners(signal, 'abort').length], [0, 0])
  })

  test('ends with the reason as soon as it is told to, and leaves nothing', async () => {
    const clock = new FakeClock()
    const controller = new AbortController()
    const sleeping = sleep(clock, 250, controller.signal)
    controller.abort(new Error('enough'))
    await assert.rejects(sleeping, { message: 'enough' })
    assert.deepEqual([clock.pending, getEventListeners(controller.signal, 'abort').length], [0, 0])
  })

  test('does not begin when it was told to end before', async () => {
    const clock = new FakeClock()
    await assert.rejects(sleep(clock, 250, AbortSignal.abort(new Error('enough'))), { message: 'enough' })
    assert.equal(clock.pending, 0)
  })
})

test('the clock of the tests runs timers in order, and lets microtasks settle in between', async () => {
  const clock = new FakeClock()
  const order: string[] = []
  clock.after(20, () => order.push('20'))
  clock.after(10, () => {
    order.push('10')
    void Promise.resolve().then(() => clock.after(5, () => order.push('15')))
  })
  clock.after(20, () => order.push('20 too'))
  clock.after(10, () => order.push('taken back'))()
  await clock.advance(19)
  assert.deepEqual(order, ['10', '15'])
  await clock.advance(1)
  assert.deepEqual(order, ['10', '15', '20', '20 too'])
  await assert.rejects(clock.runUntil(new Promise(() => {})), /still not settled/)
})
