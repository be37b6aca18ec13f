import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { commonOptions } from '../../src/plan/common-options.ts'
import {
  choiceOption,
  flagOption,
  nonEmpty,
  option,
  repeatedOption,
  wholeNumber,
} from '../../src/plan/option.ts'
import { didYouMean, nearest } from '../../src/plan/suggest.ts'

function refused(parse: () => unknown, message: string): void {
  assert.throws(parse, { name: 'UsageError', message })
}

describe('the value of an option', () => {
  test('that is a switch may be absent or any word for on or off', () => {
    const { parse, placeholder } = flagOption('a switch')
    assert.equal(placeholder, undefined)
    for (const text of ['', 'true', '1', 'yes', 'on', 'True', 'YES']) assert.equal(parse(text), true, text)
    for (const text of ['false', '0', 'no', 'off', 'False']) assert.equal(parse(text), false, text)
    for (const text of ['2', 'y', 'ja', ' ', 'null']) {
      refused(() => parse(text), 'takes no value (or true or false)')
    }
  })

  test('that is one of a few words is taken as it is written, and refused with those words', () => {
    const { parse, placeholder, schema } = choiceOption('role', ['primary', 'replica'])
    assert.equal(placeholder, 'primary|replica')
    assert.deepEqual(schema, { enum: ['primary', 'replica'] })
    assert.equal(parse('replica'), 'replica')
    for (const text of ['', 'Primary', 'primary ', 'toString']) {
      refused(() => parse(text), 'must be primary or replica')
    }
  })

  test('that is a whole number is plain digits from its bound on', () => {
    const taken: [string, number, number][] = [
      ['0', 0, 0],
      ['1', 1, 1],
      ['007', 1, 7],
      ['999999999999999', 1, 999_999_999_999_999],
    ]
    for (const [text, min, value] of taken) assert.equal(wholeNumber(text, min), value)
    for (const text of ['', '-1', '+1', '1.0', '1e3', '0x1', ' 1', '1 ', '٣', '9999999999999999', 'NaN']) {
      refused(() => wholeNumber(text, 0), 'must be a whole number of at least 0')
    }
    refused(() => wholeNumber('2', 3), 'must be a whole number of at least 3')
  })

  test('that is a text is anything but nothing', () => {
    assert.equal(nonEmpty(' '), ' ')
    refused(() => nonEmpty(''), 'must not be empty')
  })

  test('of an option that repeats is a list of one', () => {
    const spec = repeatedOption({ summary: 's', placeholder: 'n', parse: (text) => wholeNumber(text, 0) })
    assert.deepEqual(spec.parse('7'), [7])
    assert.equal(spec.repeats, true)
    assert.deepEqual(spec.schema, { type: ['string', 'number'] })
    refused(() => spec.parse('x'), 'must be a whole number of at least 0')
  })

  test('is a text or a number in the schema where nothing else is said', () => {
    assert.deepEqual(option({ summary: 's', parse: nonEmpty }).schema, { type: ['string', 'number'] })
    assert.equal(option({ summary: 's', parse: nonEmpty }).repeats, false)
  })
})

describe('the options of all kinds', () => {
  test('are name, timeout, successes and until', () => {
    assert.deepEqual(Object.keys(commonOptions), ['name', 'timeout', 'successes', 'until'])
    assert.equal(commonOptions.name.parse('auth'), 'auth')
    assert.equal(commonOptions.timeout.parse('1.5s'), 1500)
    assert.equal(commonOptions.successes.parse('3'), 3)
    assert.equal(commonOptions.until.parse('down'), 'down')
  })

  test('refuse what makes no sense', () => {
    refused(() => commonOptions.name.parse(''), 'must not be empty')
    refused(() => commonOptions.timeout.parse('0'), 'must be longer than 0')
    refused(() => commonOptions.successes.parse('0'), 'must be a whole number of at least 1')
    refused(() => commonOptions.until.parse('gone'), 'must be up or down')
  })
})

describe('a mistyped word', () => {
  const known = ['status', 'body', 'json', 'header', 'timeout', 'successes', 'until', 'ca', 'request-header']
  const table: [string, string | undefined][] = [
    ['stauts', 'status'],
    ['statu', 'status'],
    ['statuses', 'status'],
    ['Status', 'status'],
    ['tmeout', 'timeout'],
    ['time-out', 'timeout'],
    ['sucesses', 'successes'],
    ['boyd', 'body'],
    ['unitl', 'until'],
    ['cb', 'ca'],
    ['c', 'ca'],
    ['ac', 'ca'],
    ['requestheader', 'request-header'],
    ['xyz', undefined],
    ['method', undefined],
    ['', undefined],
    ['password', undefined],
  ]
  for (const [word, meant] of table) {
    test(`${JSON.stringify(word)} is taken for ${meant}`, () => assert.equal(nearest(word, known), meant))
  }

  test('is answered with the one that is meant, if one is', () => {
    assert.equal(didYouMean('stauts', known), ' (did you mean "status"?)')
    assert.equal(didYouMean('xyz', known), '')
    assert.equal(didYouMean('x', []), '')
  })

  test('that could be two is taken for the first of the nearest', () => {
    assert.equal(nearest('cat', ['cut', 'cot', 'cats']), 'cut')
    assert.equal(nearest('cats', ['cut', 'cat']), 'cat')
  })
})
