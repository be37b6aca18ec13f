import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { nextAttemptAt } from '../../src/wait/backoff.ts'

const bounds = { minMs: 100, maxMs: 2000 }
const middle = (): number => 0.5
const chance = fc.double({ min: 0, max: 1, noNaN: true })

/** The delays that follow the first attempts, where chance is even-handed. */
function delays(count: number, { minMs, maxMs }: { minMs: number; maxMs: number }): number[] {
  return Array.from({ length: count }, (_, i) => nextAttemptAt(0, i + 1, { minMs, maxMs }, middle))
}

/** The moments of all attempts until a moment, the first one at 0. */
function momentsUntil(endMs: number, random: () => number): number[] {
  const moments = [0]
  for (;;) {
    const next = nextAttemptAt(moments.at(-1) ?? 0, moments.length, bounds, random)
    if (next > endMs) return moments
    moments.push(next)
  }
}

describe('the moment of the next attempt', () => {
  test('is the lower bound away at first, then half of that bound more each time', () => {
    // Rounded to the next tick: 250 to 260, 2500 to 2600.
    assert.deepEqual(delays(9, bounds), [100, 150, 200, 260, 300, 360, 400, 460, 500])
    assert.deepEqual(delays(4, { minMs: 1000, maxMs: 60_000 }), [1000, 1500, 2000, 2600])
  })

  test('is never further away than the upper bound', () => {
    assert.deepEqual(delays(42, bounds).slice(36), [1900, 2000, 2000, 2000, 2000, 2000])
    assert.deepEqual(delays(3, { minMs: 500, maxMs: 500 }), [500, 500, 500])
    assert.equal(nextAttemptAt(0, 1_000_000, bounds, middle), 2000)
  })

  test('is the lower bound away also where no attempt counted yet', () => {
    assert.equal(nextAttemptAt(0, 0, bounds, middle), 100)
  })

  test('is spread evenly over 20 % before and after', () => {
    const at = (random: number): number => nextAttemptAt(0, 100, bounds, () => random)
    assert.deepEqual([0, 0.25, 0.5, 0.75, 1].map(at), [1600, 1800, 2000, 2200, 2400])
  })

  test('is the same for attempts that are due at about the same time', () => {
    const due = (now: number, random: number): number => nextAttemptAt(now, 100, bounds, () => random)
    assert.equal(due(0, 0.5), 2000)
    assert.equal(due(99, 0.5), 2000)
    assert.equal(due(31, 0.4), 2000)
    assert.equal(due(101, 0.5), 2200)
    assert.equal(nextAttemptAt(1790, 1, bounds, middle), 1890)
  })

  test('lies within 20 % of the delay, whatever the clock, the bounds and chance say', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1e9, noNaN: true }),
        fc.nat(1000),
        fc.integer({ min: 1, max: 100_000 }),
        fc.nat(1e8),
        chance,
        (now, attempts, minMs, more, random) => {
          const maxMs = minMs + more
          const delay = Math.min(maxMs, minMs + (minMs / 2) * Math.max(0, attempts - 1))
          const after = nextAttemptAt(now, attempts, { minMs, maxMs }, () => random) - now
          assert.ok(after >= delay * 0.8 - 1e-3 && after <= delay * 1.2 + 1e-3, `${after} of ${delay}`)
          const ideal = delay * (0.8 + 0.4 * random)
          assert.ok(Math.abs(after - ideal) <= delay / 10 + 1e-3, `${after} instead of ${ideal}`)
        },
      ),
    )
  })

  test('makes at most 20 attempts in 10 s, and adds at most 0.35 s to a wait of 3 to 4 s on average', () => {
    const added: number[] = []
    const evenChance = fc.infiniteStream(fc.noBias(fc.nat(999)).map((number) => number / 999))
    fc.assert(
      fc.property(evenChance, fc.noBias(fc.nat(1000)), (random, late) => {
        const moments = momentsUntil(10_000, () => random.next().value)
        assert.ok(moments.length <= 20, `${moments}`)
        const readyAt = 3000 + late
        added.push((moments.find((moment) => moment >= readyAt) ?? Number.POSITIVE_INFINITY) - readyAt)
      }),
      { seed: 1, numRuns: 500 },
    )
    const mean = added.reduce((sum, one) => sum + one, 0) / added.length
    assert.ok(mean > 200 && mean <= 350, `${mean}`)
  })

  test('lets an answer be seen soon after any time: within 0.75 s after 3 s, and always within 2.4 s', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 600_000 }), fc.infiniteStream(chance), (readyAt, random) => {
        const moments = [0]
        while ((moments.at(-1) ?? 0) < readyAt) {
          moments.push(nextAttemptAt(moments.at(-1) ?? 0, moments.length, bounds, () => random.next().value))
        }
        const added = (moments.at(-1) ?? 0) - readyAt
        assert.ok(added <= 2400)
        if (readyAt <= 3000) assert.ok(added <= 750, `${added} ms after ${readyAt}`)
      }),
    )
  })
})
