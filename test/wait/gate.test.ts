import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { describe, test } from 'node:test'
import { Gate } from '../../src/wait/gate.ts'
import { settle } from './fake-clock.ts'

/** Jobs that a test ends by hand, and the order in which they began. */
class Jobs {
  readonly begun: number[] = []
  readonly #ends = new Map<number, () => void>()
  readonly gate: Gate
  readonly signal: AbortSignal

  constructor(width: number, signal = new AbortController().signal) {
    this.gate = new Gate(width)
    this.signal = signal
  }

  start(name: number): Promise<number> {
    return this.gate.run(
      () =>
        new Promise((resolve) => {
          this.begun.push(name)
          this.#ends.set(name, () => resolve(name))
        }),
      this.signal,
    )
  }

  end(name: number): void {
    this.#ends.get(name)?.()
    this.#ends.delete(name)
  }

  get inside(): number {
    return this.#ends.size
  }
}

const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i)

describe('the gate', () => {
  test('lets in as many jobs as it is wide, at once', () => {
    const jobs = new Jobs(3)
    for (const name of numbers(5)) void jobs.start(name)
    assert.deepEqual(jobs.begun, [0, 1, 2])
  })

  test('lets in one for each that ends, first come first served', async () => {
    const jobs = new Jobs(2)
    for (const name of numbers(6)) void jobs.start(name)
    for (const [ends, begun] of [
      [1, 3],
      [0, 4],
      [3, 5],
    ] as const) {
      jobs.end(ends)
      await settle()
      assert.deepEqual(jobs.begun, numbers(begun))
    }
  })

  test('gives what the job gives, and what it throws', async () => {
    const gate = new Gate(1)
    const { signal } = new AbortController()
    await assert.rejects(
      gate.run(() => Promise.reject(new Error('no')), signal),
      { message: 'no' },
    )
    await assert.rejects(
      gate.run(() => {
        throw new Error('at once')
      }, signal),
      { message: 'at once' },
    )
    assert.equal(await gate.run(async () => 7, signal), 7)
  })

  test('never lets in more than its width, in whatever order jobs end', async () => {
    const jobs = new Jobs(4)
    const all = numbers(40).map((name) => jobs.start(name))
    let most = 0
    for (let turn = 0; turn < 100 && jobs.begun.length < 40; turn++) {
      most = Math.max(most, jobs.inside)
      for (const name of jobs.begun.filter((name) => (name * 7 + turn) % 3 === 0)) jobs.end(name)
      await settle()
    }
    for (const name of numbers(40)) jobs.end(name)
    assert.deepEqual(await Promise.all(all), numbers(40))
    assert.equal(most, 4)
    assert.deepEqual(jobs.begun, numbers(40))
  })

  test('turns away those who wait when they are told to stop, and forgets them', async () => {
    const controller = new AbortController()
    const jobs = new Jobs(1)
    const stopped = new Jobs(1, controller.signal)
    void jobs.start(0)
    const waiting = jobs.gate.run(() => stopped.start(1), controller.signal)
    const patient = jobs.start(2)
    controller.abort(new Error('enough'))
    await assert.rejects(waiting, { message: 'enough' })
    jobs.end(0)
    await settle()
    assert.deepEqual([jobs.begun, stopped.begun], [[0, 2], []])
    jobs.end(2)
    assert.equal(await patient, 2)
    assert.equal(getEventListeners(controller.signal, 'abort').length, 0)
  })

  test('begins nothing when it is told to stop between the turn of a job and its beginning', async () => {
    const controller = new AbortController()
    const jobs = new Jobs(1, controller.signal)
    void jobs.start(0)
    const next = jobs.start(1)
    jobs.end(0)
    await Promise.resolve()
    controller.abort(new Error('enough'))
    await assert.rejects(next, { message: 'enough' })
    assert.deepEqual(jobs.begun, [0])
  })

  test('begins nothing once it was told to stop, though there is room', async () => {
    const jobs = new Jobs(2, AbortSignal.abort(new Error('enough')))
    await assert.rejects(jobs.start(0), { message: 'enough' })
    assert.deepEqual(jobs.begun, [])
  })

  test('leaves no listener behind on those who had their turn', async () => {
    const jobs = new Jobs(1)
    const all = numbers(20).map((name) => jobs.start(name))
    for (const name of numbers(20)) {
      jobs.end(name)
      await settle()
    }
    await Promise.all(all)
    assert.equal(getEventListeners(jobs.signal, 'abort').length, 0)
  })
})

describe('a narrowed gate', () => {
  test('has half of what was inside', async () => {
    const jobs = new Jobs(100)
    for (const name of numbers(40)) void jobs.start(name)
    jobs.gate.narrow()
    assert.equal(jobs.gate.width, 20)
    void jobs.start(40)
    for (const name of numbers(20)) jobs.end(name)
    await settle()
    assert.equal(jobs.begun.length, 40)
    jobs.end(20)
    await settle()
    assert.equal(jobs.begun.length, 41)
  })

  test('is narrowed once by a burst, not once for each that complains', async () => {
    const jobs = new Jobs(64)
    for (const name of numbers(64)) void jobs.start(name)
    for (const name of numbers(16)) {
      jobs.end(name)
      await settle()
      jobs.gate.narrow()
    }
    assert.equal(jobs.gate.width, 31)
    for (const name of numbers(40)) jobs.end(name)
    await settle()
    jobs.gate.narrow()
    assert.equal(jobs.gate.width, 12)
  })

  test('keeps room for four', () => {
    const gate = new Gate(128)
    for (let i = 0; i < 10; i++) gate.narrow()
    assert.equal(gate.width, 4)
  })
})
