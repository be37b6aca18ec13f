import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatBytes, formatLike, formatMib, formatSummary, formatTable } from './table.ts'

test('a table has a line for each name that has a figure, and tells each reason once', () => {
  const skipped = { skipped: 'no cc' }
  const text = formatTable({
    title: 'tcp',
    names: ['one', 'another', 'a third'],
    figures: [
      { label: 'ms', cells: ['1.25', '100', skipped] },
      { label: 'CPU ms', cells: [skipped, skipped, skipped] },
    ],
  })
  assert.deepEqual(text.split('\n'), [
    'tcp        ms  CPU ms',
    'one      1.25     (1)',
    'another   100     (1)',
    '(1) no cc',
    'without a third: no cc',
  ])
})

test('figures have three significant digits, and the rest of a summary as many as its median', () => {
  assert.equal(formatSummary({ median: 99.96, min: 4.123, spread: 0.5 }), '100.0 / 4.1 / 0.5')
  assert.equal(formatSummary({ median: 240.4, min: 9.9, spread: 31.5 }), '240 / 10 / 32')
  assert.equal(formatLike(0.404), '0.40')
  assert.equal(formatMib(3072), '3.00')
  assert.equal(formatBytes(99_960), '100.0 kB')
  assert.equal(formatBytes(2_118_600), '2.12 MB')
})
