import assert from 'node:assert/strict'
import { beforeEach, describe, test } from 'node:test'
import { afterPatience } from '../../src/wait/patience.ts'
import { FakeClock } from './fake-clock.ts'

describe('the patience with a peer', () => {
  let clock: FakeClock
  let ended: number[]
  let started: number

  beforeEach(() => {
    clock = new FakeClock()
    started = clock.now()
    ended = []
  })

  const begin = (ms: number): (() => void) =>
    afterPatience(clock, ms, () => ended.push(clock.now() - started))

  test('ends after its time', async () => {
    begin(3000)
    await clock.advance(2999)
    assert.deepEqual(ended, [])
    await clock.advance(1)
    assert.deepEqual(ended, [3000])
  })

  test('is taken back at any moment', async () => {
    begin(3000)()
    const late = begin(3000)
    await clock.advance(1000)
    late()
    assert.equal(clock.pending, 0)
  })

  const lost: readonly (readonly [what: string, lose: (clock: FakeClock) => void, ends: number])[] = [
    ['a standstill, by its length', (clock) => clock.starve(4500), 7500],
    ['a standstill that is over before the end', (clock) => clock.starve(500), 3500],
    ['a suspension, by the time it outlasted the end', (clock) => clock.freeze(4500), 6000],
    [
      'a long suspension, by no more than it had to begin with',
      (clock) => clock.freeze(3_600_000),
      3_603_000,
    ],
    ['nothing for a timer that is a little late', (clock) => clock.freeze(3010), 3010],
    ['nothing for a suspension that ended before it', (clock) => clock.freeze(1000), 3000],
  ]
  for (const [what, lose, ends] of lost) {
    test(`is longer by ${what}`, async () => {
      begin(3000)
      lose(clock)
      await clock.advance(ends)
      assert.deepEqual(ended, [ends])
      assert.equal(clock.pending, 0)
    })
  }

  test('lasts as long as the process is held back: one period after the other', async () => {
    begin(3000)
    for (let period = 0; period < 200; period++) {
      clock.starve(99)
      await clock.advance(1)
    }
    assert.deepEqual(ended, [])
    await clock.advance(3000)
    assert.deepEqual(ended, [20_000 + 2800])
  })

  test('reads what has arrived before it ends: a timer runs before that, the next one after it', async () => {
    let cancel = (): void => {}
    cancel = begin(3000)
    clock.freeze(3000)
    clock.after(0, () => cancel())
    await clock.advance(10_000)
    assert.deepEqual(ended, [])
  })
})
