import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parseSettings } from '../../src/plan/plan.ts'
import { type Settings, settings } from '../../src/plan/settings.ts'

function given(values: Record<string, string>, origin = '--'): Settings {
  return parseSettings(new Map(Object.entries(values).map(([k, text]) => [k, { text, origin: origin + k }])))
}

describe('a setting', () => {
  test('that nobody gives has its default', () => {
    assert.deepEqual(given({}), {
      timeout: 300_000,
      'attempt-timeout': 3000,
      backoff: { minMs: 100, maxMs: 2000 },
      grace: 30_000,
      successes: 1,
      any: false,
      once: false,
      log: 'text',
      quiet: false,
      verbose: false,
      'dry-run': false,
    })
  })

  const taken: [string, string, unknown][] = [
    ['timeout', '0', 0],
    ['timeout', '90', 90_000],
    ['attempt-timeout', '250ms', 250],
    ['grace', '0', 0],
    ['successes', '3', 3],
    ['backoff', '50ms..1m', { minMs: 50, maxMs: 60_000 }],
    ['backoff', '1..2', { minMs: 1000, maxMs: 2000 }],
    ['backoff', '1s', { minMs: 1000, maxMs: 1000 }],
    ['backoff', '1.5s..1.5s', { minMs: 1500, maxMs: 1500 }],
    ['any', 'true', true],
    ['any', 'off', false],
    ['log', 'json', 'json'],
  ]
  for (const [name, text, value] of taken) {
    test(`${name} ${text} is taken`, () => assert.deepEqual(given({ [name]: text })[name as 'log'], value))
  }

  const refused: [string, string, string][] = [
    ['timeout', 'soon', '--timeout "soon" must be a duration such as 250ms, 2s, 1m30s or 5m'],
    ['timeout', '', '--timeout must be a duration such as 250ms, 2s, 1m30s or 5m'],
    ['timeout', '-1s', '--timeout "-1s" must be a duration such as 250ms, 2s, 1m30s or 5m'],
    ['timeout', '400d', '--timeout "400d" must be a duration of at most 365d'],
    ['attempt-timeout', '0', '--attempt-timeout "0" must be longer than 0'],
    ['backoff', '2s..1s', '--backoff "2s..1s" must have its smaller bound first: min..max'],
    ['backoff', '1s..2s..3s', '--backoff "1s..2s..3s" must be two durations: min..max'],
    ['backoff', '0..1s', '--backoff "0..1s" must be longer than 0'],
    ['backoff', '1s..', '--backoff "1s.." must be a duration such as 250ms, 2s, 1m30s or 5m'],
    ['backoff', '..1s', '--backoff "..1s" must be a duration such as 250ms, 2s, 1m30s or 5m'],
    ['backoff', '1s-2s', '--backoff "1s-2s" must be a duration such as 250ms, 2s, 1m30s or 5m'],
    ['grace', 'never', '--grace "never" must be a duration such as 250ms, 2s, 1m30s or 5m'],
    ['successes', '0', '--successes "0" must be a whole number of at least 1'],
    ['any', 'perhaps', '--any "perhaps" takes no value (or true or false)'],
    ['log', 'xml', '--log "xml" must be text or json'],
  ]
  for (const [name, text, message] of refused) {
    test(`${name} ${JSON.stringify(text)} is refused with what is allowed`, () => {
      assert.throws(() => given({ [name]: text }), { name: 'UsageError', message })
    })
  }

  test('is refused with the place it came from', () => {
    assert.throws(() => given({ log: 'xml' }, 'file:'), { message: 'file:log "xml" must be text or json' })
  })

  test('of less and one of more output exclude each other', () => {
    const message = '--quiet and --verbose exclude each other'
    assert.throws(() => given({ quiet: 'true', verbose: 'true' }), { name: 'UsageError', message })
    assert.equal(given({ quiet: 'false', verbose: 'true' }).verbose, true)
  })

  test('has a default that it takes itself', () => {
    for (const [name, spec] of Object.entries(settings))
      assert.doesNotThrow(() => spec.parse(spec.default), name)
  })
})
