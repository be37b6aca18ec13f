import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { readEnvironment, splitByWhiteSpace, variableName, variablesOf } from '../../src/plan/environment.ts'
import type { Source } from '../../src/plan/source.ts'

function read(env: Record<string, string | undefined>, settings: readonly string[]): Source {
  return readEnvironment(env, variablesOf(settings), variablesOf(['http', 'postgres']), (kind, text) =>
    kind === 'postgres' ? text.split('\n') : splitByWhiteSpace(text),
  )
}

describe('the variable of a flag', () => {
  test('is its name in capitals behind READYWHEN_', () => {
    assert.equal(variableName('http'), 'READYWHEN_HTTP')
    assert.equal(variableName('attempt-timeout'), 'READYWHEN_ATTEMPT_TIMEOUT')
  })

  test('holds a list of targets, split as its kind says', () => {
    const { targets } = read(
      { READYWHEN_HTTP: '  http://a \t http://b\n\nhttp://c\n', READYWHEN_POSTGRES: 'host=a b\nhost=c' },
      [],
    )
    const http = { kind: 'http', origin: 'READYWHEN_HTTP', options: [] }
    const postgres = { kind: 'postgres', origin: 'READYWHEN_POSTGRES', options: [] }
    assert.deepEqual(targets, [
      { ...http, text: 'http://a', listed: { number: 1, before: undefined } },
      { ...http, text: 'http://b', listed: { number: 2, before: 'http://a' } },
      { ...http, text: 'http://c', listed: { number: 3, before: undefined } },
      { ...postgres, text: 'host=a b', listed: { number: 1, before: undefined } },
      { ...postgres, text: 'host=c', listed: { number: 2, before: undefined } },
    ])
  })

  test('of a setting is taken without white space around it', () => {
    const { settings } = read(
      { READYWHEN_TIMEOUT: ' 1m\n', READYWHEN_ATTEMPT_TIMEOUT: '2s', READYWHEN_ANY: 'yes' },
      ['timeout', 'attempt-timeout', 'any'],
    )
    assert.deepEqual(Object.fromEntries(settings), {
      timeout: { text: '1m', origin: 'READYWHEN_TIMEOUT' },
      'attempt-timeout': { text: '2s', origin: 'READYWHEN_ATTEMPT_TIMEOUT' },
      any: { text: 'yes', origin: 'READYWHEN_ANY' },
    })
  })

  test('that is blank says nothing, as a Helm value left blank does', () => {
    for (const blank of ['', ' ', '\n\t']) {
      const env = { READYWHEN_TIMEOUT: blank, READYWHEN_HTTP: blank, READYWHEN_POSTGRES: undefined }
      const { settings, targets } = read(env, ['timeout'])
      assert.equal(settings.size, 0)
      assert.deepEqual(targets, [])
    }
  })

  test('that belongs to no flag is left alone', () => {
    const { settings, targets } = read({ READYWHEN_TIMEOUTS: 'x', READYWHEN_SERVICE_HOST: '10.0.0.1' }, [
      'timeout',
    ])
    assert.deepEqual([targets, settings.size], [[], 0])
  })
})
