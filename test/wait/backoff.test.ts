import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { backoffDelay } from '../../src/wait/backoff.ts'

const bounds = { minMs: 100, maxMs: 2000 }
const near = (actual: number, expected: number): void =>
  assert.ok(Math.abs(actual - expected) < 1e-6, `${actual} is not ${expected}`)

describe('the delay before the next attempt', () => {
  const table: [number, number, string][] = [
    [0, 100, 'the lower bound'],
    [600, 100, 'the lower bound'],
    [667, 100.05, '15 % of the time waited'],
    [1000, 150, '15 % of the time waited'],
    [10_000, 1500, '15 % of the time waited'],
    [13_333, 1999.95, '15 % of the time waited'],
    [13_334, 2000, 'the upper bound'],
    [86_400_000, 2000, 'the upper bound'],
  ]
  for (const [waited, delay, what] of table) {
    test(`after ${waited} ms is ${what}: ${delay} ms, 20 % less or 20 % more`, () => {
      near(
        backoffDelay(waited, bounds, () => 0.5),
        delay,
      )
      near(
        backoffDelay(waited, bounds, () => 0),
        delay * 0.8,
      )
      near(
        backoffDelay(waited, bounds, () => 1),
        delay * 1.2,
      )
    })
  }

  test('is spread evenly, at the bounds as between them', () => {
    for (const waited of [0, 1000, 600_000]) {
      const middle = backoffDelay(waited, bounds, () => 0.5)
      for (const random of [0, 0.25, 0.75, 1]) {
        near(
          backoffDelay(waited, bounds, () => random),
          middle * (0.8 + 0.4 * random),
        )
      }
    }
  })

  test('is fixed but for its spread where both bounds are the same', () => {
    for (const waited of [0, 1000, 600_000])
      near(
        backoffDelay(waited, { minMs: 500, maxMs: 500 }, () => 0.5),
        500,
      )
  })

  test('never leaves its bounds by more than 20 %, nor adds more than 18 % to the wait above the lower one', () => {
    const random = fc.double({ min: 0, max: 1, noNaN: true })
    fc.assert(
      fc.property(
        fc.nat(10_000_000),
        fc.integer({ min: 1, max: 5000 }),
        fc.nat(60_000),
        random,
        (waited, min, more, r) => {
          const delay = backoffDelay(waited, { minMs: min, maxMs: min + more }, () => r)
          assert.ok(delay >= min * 0.8 - 1e-6 && delay <= (min + more) * 1.2 + 1e-6)
          assert.ok(delay <= Math.max(min * 1.2, waited * 0.18) + 1e-6)
        },
      ),
    )
  })

  test('lets an answer that comes after any time be seen soon, whatever chance says', () => {
    const random = fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true }))
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 600_000 }), random, (readyAt, chance) => {
        let now = 0
        while (now < readyAt) now += backoffDelay(now, bounds, () => chance.next().value)
        assert.ok(now - readyAt <= Math.min(2400, Math.max(120, readyAt * 0.18)))
      }),
    )
  })
})
