import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { readConfig } from '../../src/plan/config-file.ts'
import type { Source } from '../../src/plan/source.ts'

const known = { kinds: ['http', 'postgres'], settings: ['timeout', 'any', 'successes'] }
const read = (text: string): Source => readConfig(text, 'wait.yaml', known)

function message(text: string): string {
  try {
    read(text)
  } catch (error) {
    if (error instanceof Error && error.name === 'UsageError') return error.message
    throw error
  }
  throw new Error('was taken')
}

describe('a configuration file', () => {
  test('holds settings by the names of their flags', () => {
    const { settings, targets } = read('timeout: 1m30s\nany: true\nsuccesses: 3\n')
    assert.deepEqual(Object.fromEntries(settings), {
      timeout: { text: '1m30s', origin: 'timeout in wait.yaml' },
      any: { text: 'true', origin: 'any in wait.yaml' },
      successes: { text: '3', origin: 'successes in wait.yaml' },
    })
    assert.deepEqual(targets, [])
  })

  test('holds a list of targets for a kind, each a text or a mapping of its options', () => {
    const { targets } = read(`
      http:
        - http://a#status=200
        - target: http://b
          status: 204
          insecure: true
          request-header: [A:1, B:2]
      postgres:
        - {target: host=db password=x, timeout: 2s}
    `)
    assert.deepEqual(targets, [
      { kind: 'http', text: 'http://a#status=200', origin: 'http[0] in wait.yaml', options: [] },
      {
        kind: 'http',
        text: 'http://b',
        origin: 'http[1] in wait.yaml',
        options: [
          { name: 'status', value: '204' },
          { name: 'insecure', value: 'true' },
          { name: 'request-header', value: 'A:1' },
          { name: 'request-header', value: 'B:2' },
        ],
      },
      {
        kind: 'postgres',
        text: 'host=db password=x',
        origin: 'postgres[0] in wait.yaml',
        options: [{ name: 'timeout', value: '2s' }],
      },
    ])
  })

  test('may hold one target without a list', () => {
    assert.deepEqual(
      read('http: http://a').targets.map(({ text, origin }) => [text, origin]),
      [['http://a', 'http[0] in wait.yaml']],
    )
    assert.equal(read('http: {target: http://a, status: 200}').targets[0]?.options.length, 1)
  })

  test('keeps every value as it is written', () => {
    const [target] = read(
      'http:\n  - {target: a, a: 1.10, b: 0123, c: 1e3, d: yes, e: True, f: "null", g: 12345678901234567890}',
    ).targets
    assert.deepEqual(
      target?.options.map(({ value }) => value),
      ['1.10', '0123', '1e3', 'yes', 'True', 'null', '12345678901234567890'],
    )
  })

  test('may be JSON, and may name its schema', () => {
    const { targets, settings } = read('{"$schema": "./x.json", "timeout": "5s", "http": ["http://a"]}')
    assert.equal(targets[0]?.text, 'http://a')
    assert.deepEqual([...settings.keys()], ['timeout'])
  })

  test('may be empty, and keys may be left blank', () => {
    for (const text of ['', '\n', '# nothing\n', '---\n', '{}', 'null', 'http:\ntimeout:\n', 'http: []']) {
      const { targets, settings } = read(text)
      assert.deepEqual([targets, settings.size], [[], 0], JSON.stringify(text))
    }
  })

  test('may use anchors and block texts', () => {
    const { targets } = read('http:\n  - &a {target: "http://a", name: x}\n  - *a\n  - >-\n    http://b\n')
    assert.deepEqual(
      targets.map(({ text }) => text),
      ['http://a', 'http://a', 'http://b'],
    )
  })

  test('with a byte order mark, CR LF or tabs inside is read all the same', () => {
    assert.equal(read('\uFEFFhttp:\r\n  - http://a\r\n').targets[0]?.text, 'http://a')
  })
})

describe('a mistake in a configuration file', () => {
  const table: [string, string, string][] = [
    ['a list', '- http://a', 'wait.yaml must hold a mapping of keys to values'],
    ['a text', 'postgres:postgres://app:hunter2@db', 'wait.yaml must hold a mapping of keys to values'],
    [
      'an unknown key',
      'tiemout: 5s',
      'wait.yaml has an unknown key "tiemout" (did you mean "timeout"?); known are http, postgres, timeout, any, successes',
    ],
    [
      'a key of the language',
      '__proto__: {a: 1}',
      'wait.yaml has an unknown key "__proto__"; known are http, postgres, timeout, any, successes',
    ],
    [
      'a key that is a target',
      'postgres://app:hunter2@db: x',
      'wait.yaml has an unknown key; known are http, postgres, timeout, any, successes',
    ],
    ['a setting that is a list', 'timeout: [hunter2]', 'timeout in wait.yaml must be a single value'],
    ['a setting that is a mapping', 'timeout: {hunter2: 1}', 'timeout in wait.yaml must be a single value'],
    [
      'a target that is a list',
      'http: [[hunter2]]',
      'http[0] in wait.yaml must be a target or a mapping with the key "target"',
    ],
    [
      'a target left blank',
      'http:\n  - http://a\n  -\n',
      'http[1] in wait.yaml must be a target or a mapping with the key "target"',
    ],
    [
      'a mapping without target',
      'http: [{name: hunter2}]',
      'http[0] in wait.yaml must have the key "target" with a text',
    ],
    [
      'a mapping whose target is no text',
      'http: [{target: [hunter2]}]',
      'http[0] in wait.yaml must have the key "target" with a text',
    ],
    [
      'an option that is a mapping',
      'http: [{target: a, name: {hunter2: 1}}]',
      'name of http[0] in wait.yaml must be a single value',
    ],
    [
      'an option left blank',
      'http: [{target: a, name: }]',
      'name of http[0] in wait.yaml must be a single value',
    ],
    [
      'a key given twice',
      'timeout: hunter2\ntimeout: 2s',
      'wait.yaml is not valid YAML at line 2, column 1 (duplicate key)',
    ],
    [
      'a bracket left open',
      'http:\n  - [hunter2',
      'wait.yaml is not valid YAML at line 2, column 13 (bad indent)',
    ],
    ['an alias of nothing', 'http: *hunter2', 'wait.yaml is not valid YAML: its aliases cannot be resolved'],
    [
      'two documents',
      'timeout: 1s\n---\ntimeout: hunter2',
      'wait.yaml is not valid YAML at line 2, column 1 (multiple docs)',
    ],
  ]
  for (const [what, text, expected] of table) {
    test(`is said without its values: ${what}`, () => {
      const said = message(text)
      assert.ok(!said.includes('hunter2'), said)
      assert.equal(said, expected)
    })
  }

  test('that is broken anyhow never shows a value', () => {
    const broken = [
      'http: "postgres://app:hunter2@db',
      "http: 'hunter2",
      'http: {target: hunter2',
      'http: @hunter2',
      'http: `hunter2`',
      'http: %hunter2',
      'http: hunter2: hunter2',
      'http: !!int hunter2',
      'http: "\\hunter2"',
      '\thttp: hunter2',
      '{"http": "hunter2",}}',
      '? [hunter2]\n: hunter2',
      'http: - hunter2',
      'hunter2@x: &a [*a]',
      '%YAML 9.9 hunter2\n---\nx: y',
    ]
    for (const text of broken) {
      try {
        read(text)
      } catch (error) {
        assert.ok(error instanceof Error && error.name === 'UsageError', String(error))
        assert.doesNotMatch(error.message, /hunter2|\n/)
      }
    }
  })

  test('whose aliases explode is refused instead of filling the memory', () => {
    const levels = Array.from(
      { length: 12 },
      (_, i) => `a${i}: &a${i} [${i === 0 ? 'x' : `*a${i - 1},`.repeat(9)}]`,
    )
    assert.equal(message(levels.join('\n')), 'wait.yaml is not valid YAML: its aliases cannot be resolved')
  })
})
