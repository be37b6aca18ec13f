import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import {
  canonicalName,
  DnsFormatError,
  encodeName,
  formatLabels,
} from '../../../src/checks/resolver/domain-name.ts'
import { WireReader } from '../../../src/checks/resolver/wire-reader.ts'

function outcome(text: string): unknown {
  try {
    return [encodeName(text).toString('hex'), canonicalName(text)]
  } catch (error) {
    return String(error)
  }
}

describe('domain names', () => {
  test('of any bytes come back from the wire as they were written', () => {
    const label = fc.uint8Array({ minLength: 1, maxLength: 40 })
    fc.assert(
      fc.property(fc.array(label, { maxLength: 5 }), (labels) => {
        const name = formatLabels(labels)
        const encoded = encodeName(name)
        assert.deepEqual([...encoded], [...labels.flatMap((one) => [one.length, ...one]), 0])
        assert.equal(new WireReader(encoded).name(), name.toLowerCase())
      }),
    )
  })

  test('are the same whether they are written with escapes or without', () => {
    const characters = fc.constantFrom(...'abcXYZ019-_.')
    fc.assert(
      fc.property(fc.string({ unit: characters, maxLength: 300 }), (text) => {
        const escaped = text.replace(/[^.]/g, (c) => `\\${String(c.charCodeAt(0)).padStart(3, '0')}`)
        assert.deepEqual(outcome(text), outcome(escaped))
      }),
      {
        examples: [
          ['a'.repeat(63)],
          ['a'.repeat(64)],
          [`${'abcdefgh.'.repeat(28)}a`],
          [`${'abcdefgh.'.repeat(28)}ab.`],
        ],
      },
    )
  })

  test('are encoded or refused with a DnsFormatError, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        try {
          assert.equal(new WireReader(encodeName(text)).name(), canonicalName(text))
        } catch (error) {
          assert.ok(error instanceof DnsFormatError, String(error))
        }
      }),
    )
  })

  const refused: readonly (readonly [string, RegExp])[] = [
    ['', /empty label/],
    ['..', /empty label/],
    ['a..b', /empty label/],
    ['.a', /empty label/],
    ['a'.repeat(64), /longer than 63/],
    [Array(5).fill('a'.repeat(60)).join('.'), /longer than 255/],
    ['bücher.example', /Punycode/],
    ['a\\', /Punycode/],
    ['a\\999', /Punycode/],
  ]
  for (const [name, message] of refused) {
    test(`"${name.slice(0, 20)}" (${name.length} characters) is refused`, () => {
      assert.throws(() => encodeName(name), message)
    })
  }

  for (const [name, expected] of [
    ['DB.Example.', 'db.example'],
    ['.', '.'],
    ['a\\.b.c', 'a\\.b.c'],
    ['\\065\\b', 'ab'],
    ['a b', 'a\\032b'],
  ] as const) {
    test(`"${name}" is "${expected}"`, () => assert.equal(canonicalName(name), expected))
  }
})
