import assert from 'node:assert/strict'
import process from 'node:process'
import { test } from 'node:test'
import { deprecate, format, inherits, inspect, stripVTControlCharacters } from 'node:util'
import { isDate } from 'node:util/types'

const FORMATS: readonly (readonly [readonly unknown[], string])[] = [
  [['plain'], 'plain'],
  [['%s and %d', 'text', 42], 'text and 42'],
  [['%s'], '%s'],
  [['100%', 'more'], '100% more'],
  [['%%s %s', 1], '%s 1'],
  [['%j', { a: 1 }], '{"a":1}'],
  [['%i %f', '42.9', '1.5'], '42 1.5'],
  [['a', 'b', 3], 'a b 3'],
  [[1, 'b'], '1 b'],
  [[{ a: 'x' }], "{ a: 'x' }"],
  [['%o'], '%o'],
]

for (const [args, expected] of FORMATS) {
  test(`format of ${JSON.stringify(args)}`, () => {
    assert.equal(format(...args), expected)
  })
}

const INSPECTED: readonly (readonly [unknown, string])[] = [
  ['text', "'text'"],
  ["it's", '"it\'s"'],
  [1, '1'],
  [-0, '-0'],
  [null, 'null'],
  [undefined, 'undefined'],
  [true, 'true'],
  [Symbol('s'), 'Symbol(s)'],
  [[1, [2, [3]]], '[ 1, [ 2, [ 3 ] ] ]'],
  [[], '[]'],
  [{}, '{}'],
  [{ a: 1, 'b-c': 'd' }, "{ a: 1, 'b-c': 'd' }"],
  [new Map([['k', 1]]), "Map(1) { 'k' => 1 }"],
  [new Set([1]), 'Set(1) { 1 }'],
  [/x/g, '/x/g'],
  [Buffer.from('ab'), '<Buffer 61 62>'],
  [{ a: { b: { c: { d: 1 } } } }, '{ a: { b: { c: [Object] } } }'],
]

for (const [value, expected] of INSPECTED) {
  test(`inspect gives ${expected}`, () => {
    assert.equal(inspect(value).replace(/\s+/g, ' '), expected)
  })
}

test('an error is shown with its name, message and stack', () => {
  const text = inspect(new TypeError('wrong'))
  assert.match(text, /^TypeError: wrong\n/)
})

test('inherits makes instances of both', () => {
  function Child(): void {}
  class Parent {}
  inherits(Child as unknown as new () => object, Parent)
  const child = Object.create(Child.prototype)
  assert.ok(child instanceof Parent)
})

test('a deprecated function warns once and does its work', async () => {
  const warnings: string[] = []
  const listener = (warning: Error): void => void warnings.push(String(warning))
  process.on('warning', listener)
  const add = deprecate((a: number, b: number) => a + b, 'add is old')
  assert.equal(add(1, 2) + add(3, 4), 10)
  await new Promise((resolve) => setTimeout(resolve, 10))
  process.off('warning', listener)
  assert.deepEqual(warnings, ['DeprecationWarning: add is old'])
})

const COLOURED: readonly (readonly [string, string])[] = [
  ['\u001b[31mred\u001b[0m', 'red'],
  ['\u001b[1;38;5;9mbold\u001b[m plain', 'bold plain'],
  ['\u001b]8;;http://x\u0007link\u001b]8;;\u0007', 'link'],
  ['\u001b[2Kline', 'line'],
  ['none', 'none'],
]

for (const [text, expected] of COLOURED) {
  test(`control sequences are taken out of ${JSON.stringify(text)}`, () => {
    assert.equal(stripVTControlCharacters(text), expected)
  })
}

test('isDate', () => {
  assert.equal(isDate(new Date()), true)
  assert.equal(isDate('2026-01-01'), false)
})
