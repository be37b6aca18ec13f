import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import {
  DURATION_PATTERN,
  formatDuration,
  parseDuration,
  parsePositiveDuration,
} from '../../src/plan/duration.ts'
import { UsageError } from '../../src/plan/usage-error.ts'

const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }
const YEAR = 365 * UNITS.d

describe('a duration', () => {
  const taken: [string, number][] = [
    ['250ms', 250],
    ['2s', 2000],
    ['1.5s', 1500],
    ['1m30s', 90_000],
    ['5m', 300_000],
    ['24h', UNITS.d],
    ['90d', 90 * UNITS.d],
    ['1h1m1s1ms', 3_661_001],
    ['30s1m', 90_000],
    ['0', 0],
    ['0s', 0],
    ['5', 5000],
    ['0.25', 250],
    ['0.0004s', 0],
    ['007s', 7000],
    ['365d', YEAR],
  ]
  for (const [text, ms] of taken) test(`${text} is ${ms} ms`, () => assert.equal(parseDuration(text), ms))

  const refused = [
    '',
    ' ',
    '5 m',
    ' 5m',
    '5m ',
    '-1s',
    '+1s',
    '1e3',
    '.5s',
    '5.',
    '1,5s',
    's',
    '5x',
    '5M',
    '5S',
    '1m30',
  ]
  for (const text of [...refused, '1m\n', '∞', 'NaN', '0x10', '٣s', '1µs', 'PT5M']) {
    test(`${JSON.stringify(text)} is refused`, () => {
      assert.throws(() => parseDuration(text), {
        name: 'UsageError',
        message: 'must be a duration such as 250ms, 2s, 1m30s or 5m',
      })
    })
  }

  test('longer than a year is refused, since no timer takes it', () => {
    for (const text of ['366d', '365d1ms', '99999999999', '9'.repeat(400)]) {
      assert.throws(() => parseDuration(text), { message: 'must be a duration of at most 365d' }, text)
    }
  })

  test('of zero is refused where it makes no sense', () => {
    for (const text of ['0', '0ms', '0.0001s']) {
      assert.throws(() => parsePositiveDuration(text), { message: 'must be longer than 0' }, text)
    }
    assert.equal(parsePositiveDuration('1ms'), 1)
    assert.throws(() => parsePositiveDuration('soon'), /^UsageError: must be a duration such as/)
  })

  const said: [number, string][] = [
    [0, '0ms'],
    [-3, '0ms'],
    [12.4, '12ms'],
    [999.4, '999ms'],
    [999.6, '1s'],
    [1000, '1s'],
    [3000.7, '3s'],
    [2140, '2.1s'],
    [9949, '9.9s'],
    [9950, '10s'],
    [59_499, '59s'],
    [59_600, '1m'],
    [90_000, '1m30s'],
    [3_599_600, '1h'],
    [7_500_000, '2h5m'],
    [47 * UNITS.h, '47h'],
    [2 * UNITS.d, '2d'],
    [2 * UNITS.d + 23.9 * UNITS.h, '3d'],
    [3.5 * UNITS.d, '3d12h'],
    [YEAR, '365d'],
  ]
  for (const [ms, text] of said)
    test(`${ms} ms is said ${text}`, () => assert.equal(formatDuration(ms), text))
})

test('durations written as sums of units are read as their sum', () => {
  const unit = fc.constantFrom(...(Object.keys(UNITS) as (keyof typeof UNITS)[]))
  const part = fc.record({ amount: fc.nat(60), unit })
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 4 }), (parts) => {
      const text = parts.map(({ amount, unit }) => amount + unit).join('')
      const sum = parts.reduce((total, { amount, unit }) => total + amount * UNITS[unit], 0)
      assert.equal(parseDuration(text), sum)
    }),
  )
})

test('what is said of a duration can be read again and is within 5 % of it', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: YEAR }), (ms) => {
      const text = formatDuration(ms)
      assert.match(text, new RegExp(DURATION_PATTERN))
      assert.ok(Math.abs(parseDuration(text) - ms) <= Math.max(0.5, ms * 0.05), `${ms} ${text}`)
      assert.equal(formatDuration(parseDuration(text)), text)
    }),
  )
})

test('any text is either a duration from 0 to a year or refused in words', () => {
  const text = fc.oneof(
    fc.string(),
    fc.string({ unit: fc.constantFrom('1', '9', '.', 'm', 's', 'h', 'd', ' ', '-') }),
  )
  fc.assert(
    fc.property(text, (text) => {
      try {
        const ms = parseDuration(text)
        assert.ok(Number.isInteger(ms) && ms >= 0 && ms <= YEAR)
      } catch (error) {
        assert.ok(error instanceof UsageError)
      }
    }),
  )
})
