import assert from 'node:assert/strict'
import { test } from 'node:test'
import { median, medianOfMedians, pairedRatio, summarize } from './statistics.ts'

test('the median is the value in the middle, whatever the order and the outliers', () => {
  assert.equal(median([9, 1, 1000]), 9)
  assert.equal(median([4, 1, 3, 2]), 2.5)
  assert.equal(median([7]), 7)
  assert.ok(Number.isNaN(median([])))
})

test('a summary has median, least and the range of the middle half', () => {
  assert.deepEqual(summarize([5, 1, 2, 3, 4]), { median: 3, min: 1, spread: 2 })
})

test('a round counts once, however many values it has, and an empty one does not', () => {
  assert.equal(medianOfMedians([[1, 1, 1, 1, 1, 1, 1], [5], [], [9]]), 5)
})

test('a ratio is of pairs: a slow while of the machine leaves it as it is', () => {
  const quiet = [1, 2].map((basis) => ({ value: 3 * basis, basis }))
  const slow = [10, 40].map((basis) => ({ value: 3 * basis, basis }))
  assert.equal(pairedRatio([[...quiet, ...slow]]), 3)
  const differently = [
    { value: 1, basis: 1 },
    { value: 10, basis: 2 },
    { value: 3, basis: 3 },
  ]
  // the ratio of the medians would be 1.5
  assert.equal(pairedRatio([differently]), 1)
})
