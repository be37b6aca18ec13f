import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type CheckOptions, parseCheckOptions } from '../../src/plan/check-options.ts'
import { splitTargetText } from '../../src/plan/target-text.ts'
import { door } from './sample-kinds.ts'

const KNOWN = 'door has colour, width, tag, code, open-wide, name, timeout, successes, until'

function parse(text: string): CheckOptions {
  return parseCheckOptions('door', door.options, splitTargetText(text))
}

describe('the options of a check', () => {
  test('are none where none are given', () => {
    assert.deepEqual(parse('front'), { common: {}, own: {}, shown: {}, secrets: [] })
  })

  test('are those of all kinds and those of its own kind, apart from each other', () => {
    const { common, own, shown } = parse('front#name=f&colour=red&timeout=2s&width=12&open-wide&until=down')
    assert.deepEqual(common, { name: 'f', timeout: 2000, until: 'down' })
    assert.deepEqual(own, { colour: 'red', width: 12, 'open-wide': true })
    assert.deepEqual(shown, {
      name: 'f',
      colour: 'red',
      timeout: '2s',
      width: '12',
      'open-wide': '',
      until: 'down',
    })
  })

  test('that repeat are collected in their order', () => {
    const { own, shown } = parse('front#tag=a&colour=red&tag=b&tag=c')
    assert.deepEqual(own['tag'], ['A', 'B', 'C'])
    assert.equal(shown['tag'], 'a, b, c')
  })

  test('that do not repeat count as they were given last', () => {
    const { common, own, shown } = parse('front#colour=red&timeout=1s&colour=green&timeout=2s')
    assert.deepEqual([own['colour'], common.timeout], ['green', 2000])
    assert.deepEqual(shown, { colour: 'green', timeout: '2s' })
  })

  test('that are secret are never shown, and known as secrets', () => {
    const { own, shown, secrets } = parse('front#code=hunter2')
    assert.equal(own['code'], 'hunter2')
    assert.deepEqual(shown, { code: '***' })
    assert.deepEqual(
      secrets.map((secret) => secret.reveal()),
      ['hunter2'],
    )
  })
})

describe('a mistake in an option', () => {
  const table: [string, string][] = [
    ['front#colour=blue', 'option colour="blue" must be red or green'],
    ['front#colour', 'option colour must be red or green'],
    ['front#colour=', 'option colour must be red or green'],
    ['front#width=9', 'option width="9" must be a whole number of at least 10'],
    ['front#open-wide=perhaps', 'option open-wide="perhaps" takes no value (or true or false)'],
    ['front#timeout=soon', 'option timeout="soon" must be a duration such as 250ms, 2s, 1m30s or 5m'],
    ['front#timeout=0', 'option timeout="0" must be longer than 0'],
    ['front#name=', 'option name must not be empty'],
    ['front#colour=b%0Alue', 'option colour must be red or green'],
    [`front#colour=${'x'.repeat(99)}`, 'option colour must be red or green'],
    ['front#code=no', 'option code must have three characters'],
    ['u:pa#colour=ss@front', 'option colour must be red or green'],
    ['front#color=red', `has an unknown option "color" (did you mean "colour"?); ${KNOWN}`],
    ['front#open-wid', `has an unknown option "open-wid" (did you mean "open-wide"?); ${KNOWN}`],
    ['front#status=200', `has an unknown option "status"; ${KNOWN}`],
    ['front#tag=1&__proto__=x&colour=red', hidden()],
    ['front#constructor=1', `has an unknown option "constructor"; ${KNOWN}`],
    ['front#hunter2', hidden()],
    ['front#hunter', hidden()],
    ['u:pa#ss@front', hidden()],
    ['u:pa#color=ss@front', hidden()],
  ]
  for (const [text, message] of table) {
    test(`is said in words: ${text.slice(0, 40)}`, () => {
      assert.throws(() => parse(text), { name: 'UsageError', message })
    })
  }

  function hidden(): string {
    return `has text behind a "#" that is none of its options (a # of the target is written %23); ${KNOWN}`
  }

  test('of the program is not taken for one of the user', () => {
    const broken = { bad: { summary: '', schema: {}, repeats: false, parse: () => JSON.parse('{') } }
    assert.throws(() => parseCheckOptions('door', broken, splitTargetText('front#bad=1')), SyntaxError)
  })
})
