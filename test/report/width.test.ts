import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { cut, displayWidth, oneLine, pad, wrap } from '../../src/report/width.ts'

const widths: readonly [string, number][] = [
  ['', 0],
  ['tcp db:5432', 11],
  ['größe', 5],
  ['e\u0301', 1],
  ['数据库', 6],
  ['データ', 6],
  ['한국', 4],
  ['🚀', 2],
  ['…', 1],
]

for (const [text, width] of widths) {
  test(`${JSON.stringify(text)} takes ${width} columns`, () => assert.equal(displayWidth(text), width))
}

const lines: readonly [string, string][] = [
  ['a\r\n\tb  c ', 'a b c'],
  ['\x1b[31mred\x07', '\\x1b[31mred\\x07'],
  ['\u009b2J', '\\x9b2J'],
  ['a\u2028b', 'a\\u{2028}b'],
  ['abc\u202egnp', 'abc\\u{202e}gnp'],
  ['half \ud83d', 'half \ufffd'],
  ['zero\u200bwidth', 'zero\\u{200b}width'],
  ['👩\u200d💻', '👩\u200d💻'],
]

for (const [text, line] of lines) {
  test(`${JSON.stringify(text)} becomes the line ${line}`, () => assert.equal(oneLine(text), line))
}

test('a text is cut at a character, never in the middle of one', () => {
  assert.equal(cut('connection refused', 18), 'connection refused')
  assert.equal(cut('connection refused', 12), 'connection…')
  assert.equal(cut('数据库', 4), '数…')
  assert.equal(cut('🚀🚀', 3), '🚀…')
  assert.equal(cut('abc', 1), '…')
  assert.equal(cut('abc', 0), '')
})

test('padding counts columns, not characters', () => {
  assert.equal(`${pad('数据', 6)}|`, '数据  |')
  assert.equal(pad('abcdef', 3), 'abcdef')
})

test('wrapping keeps every word and breaks those that are too long', () => {
  assert.deepEqual(wrap('the quick brown fox', 9), ['the quick', 'brown fox'])
  assert.deepEqual(wrap('abcdefghij kl', 4), ['abcd', 'efgh', 'ij', 'kl'])
  assert.deepEqual(wrap('', 4), [''])
})

test('any text becomes lines that fit and lose nothing but spaces', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 2, max: 60 }), (raw, columns) => {
      const text = oneLine(raw)
      const wrapped = wrap(text, columns)
      for (const line of wrapped) assert.ok(displayWidth(line) <= columns)
      assert.equal(wrapped.join('').replaceAll(' ', ''), text.replaceAll(' ', ''))
      assert.ok(displayWidth(cut(text, columns)) <= columns)
    }),
  )
})
