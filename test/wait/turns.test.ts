import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { beforeEach, describe, test } from 'node:test'
import { Turns } from '../../src/wait/turns.ts'
import { FakeClock, settle } from './fake-clock.ts'

const FEW = 4
const LOOK_MS = 10

describe('turns', () => {
  let clock: FakeClock
  let turns: Turns
  let stop: AbortController
  let begun: number
  let ends: (() => void)[]

  beforeEach(() => {
    clock = new FakeClock()
    turns = new Turns(clock)
    stop = new AbortController()
    begun = 0
    ends = []
  })

  function run(): Promise<void> {
    return turns.run(() => {
      begun++
      return new Promise<void>((resolve) => ends.push(resolve))
    }, stop.signal)
  }

  function start(count: number): void {
    for (let i = 0; i < count; i++) run().catch(() => {})
  }

  async function end(count: number): Promise<void> {
    for (const one of ends.splice(0, count)) one()
    await settle()
  }

  /** A timer that had to wait for the processor. */
  async function lookLate(): Promise<void> {
    clock.starve(LOOK_MS + 90)
    await clock.advance(0)
  }

  test('let a few begin, and one more for each that ends', async () => {
    start(10)
    assert.equal(begun, FEW)
    await end(1)
    assert.equal(begun, FEW + 1)
    await end(3)
    assert.equal(begun, FEW + 4)
  })

  test('stay few as long as the processor is short, however long that is', async () => {
    start(100)
    for (let period = 0; period < 50; period++) await lookLate()
    assert.equal(begun, FEW)
    await end(FEW)
    assert.equal(begun, 2 * FEW)
  })

  test('let twice as many more begin each time that the processor is free: the others wait for their peers', async () => {
    start(200)
    const seen: number[] = []
    for (let look = 0; look < 6; look++) {
      await clock.advance(LOOK_MS)
      seen.push(begun)
    }
    assert.deepEqual(seen, [12, 28, 60, 124, 200, 200])
    assert.equal(clock.pending, 0)
  })

  test('are few again once the processor is short', async () => {
    start(100)
    await clock.advance(LOOK_MS)
    assert.equal(begun, 12)
    await lookLate()
    await end(FEW)
    assert.equal(begun, 12, 'those of the round before are not counted, and of this one eight may be busy')
    await end(4)
    assert.equal(begun, 12)
    await end(3)
    assert.equal(begun, 15)
  })

  test('count those of an earlier round no more, when they end', async () => {
    start(13)
    await clock.advance(LOOK_MS)
    assert.equal(begun, 12)
    await end(FEW)
    assert.equal(begun, 12)
    await end(1)
    assert.equal(begun, 13)
    await end(8)
    start(FEW)
    assert.equal(begun, 17)
  })

  test('leave no timer and no listener when nobody waits', async () => {
    const all = Array.from({ length: 6 }, run)
    assert.equal(clock.pending, 1)
    await end(2)
    assert.equal(clock.pending, 0)
    await end(4)
    await Promise.all(all)
    assert.equal(getEventListeners(stop.signal, 'abort').length, 0)
  })

  test('send away those who wait when all is over, and leave no timer', async () => {
    start(FEW)
    const waiting = run()
    stop.abort(new Error('enough'))
    await assert.rejects(waiting, { message: 'enough' })
    assert.equal(clock.pending, 0)
    assert.equal(begun, FEW)
  })

  test('give back the room of one that fails', async () => {
    const failing = Array.from({ length: 20 }, () =>
      turns.run(() => Promise.reject(new Error('no')), stop.signal),
    )
    for (const one of failing) await assert.rejects(one, { message: 'no' })
    start(FEW)
    assert.equal(begun, FEW)
  })
})
