import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { format, inspect } from 'node:util'
import { mask, printable, quoteForeign, Secret } from '../../src/plan/secret.ts'

describe('a secret', () => {
  const secret = new Secret('hunter2')

  test('has no way into text but reveal()', () => {
    assert.equal(secret.reveal(), 'hunter2')
    const texts = [
      `${secret}`,
      String(secret),
      JSON.stringify({ secret }),
      inspect(secret),
      inspect({ secret }, { showHidden: true, depth: 9 }),
      format('%s %o %O %j', secret, secret, secret, secret),
      Object.entries(secret).join(),
      new Error(`failed for ${secret}`).stack ?? '',
    ]
    for (const text of texts) assert.ok(!text.includes('hunter2'), text)
  })

  test('that is empty masks nothing', () => {
    assert.equal(mask('a text', [new Secret('')]), 'a text')
  })

  const value = "P@ss w/ö:rd'!"
  const forms: [string, string][] = [
    ['as it is', value],
    ['percent-encoded', encodeURIComponent(value)],
    ['percent-encoded as a path', encodeURI(value)],
    ['percent-encoded in lower case', 'p%40ss%20w%2f%c3%b6%3ard%27%21'],
    ['percent-encoded, all but unreserved characters', 'P%40ss%20w%2F%C3%B6%3Ard%27%21'],
    ['form-encoded', 'P%40ss+w%2F%C3%B6%3Ard%27%21'],
    ['in JSON', JSON.stringify(value)],
    ['in JSON that escapes slashes', JSON.stringify(value).replaceAll('/', '\\/')],
    ['in JSON of ASCII only', JSON.stringify(value).replace('ö', '\\u00F6')],
    ['in UTF-8 that was taken for Latin-1', Buffer.from(value).toString('latin1')],
    ['in HTML', 'P@ss w/&#xF6;:rd&#39;!'],
    ['in lower case', value.toLowerCase()],
    ['half encoded', 'P%40ss+w/ö%3Ard%27!'],
    ['in base64', Buffer.from(value).toString('base64')],
    ['in base64 without padding', Buffer.from(value).toString('base64url')],
  ]
  const nested: [string, string][] = [
    ['a URL', `/ready?token=${encodeURIComponent(value)}`],
    ['a URL in a URL', `/login?next=${encodeURIComponent(`/ready?token=${encodeURIComponent(value)}`)}`],
    ['JSON', JSON.stringify({ token: value })],
    ['base64', Buffer.from(value).toString('base64')],
  ]
  for (const [what, text] of nested) {
    test(`is masked within ${what} that is percent-encoded as a whole`, () => {
      const said = mask(`to /?q=${encodeURIComponent(text)} 100% %zz`, [new Secret(value)])
      assert.match(said, /^to \/\?q=.*\*\*\*.* 100% %zz$/)
      assert.doesNotMatch(decodeURIComponent(said.replace(' 100% %zz', '')), /rd'/)
    })
  }

  test('escapes that hide no secret stay as they are', () => {
    assert.equal(mask('a%20b %2541', [new Secret('other')]), 'a%20b %2541')
  })

  for (const before of ['', 'a', 'ab', 'abc', 'user:']) {
    for (const after of ['', 'z', 'zz', 'zzz']) {
      test(`is masked in base64 between "${before}" and "${after}"`, () => {
        for (const encoding of ['base64', 'base64url'] as const) {
          const form = Buffer.from(before + value + after).toString(encoding)
          const said = mask(`Basic ${form}`, [new Secret(value)])
          const left = said.replace('***', '').slice('Basic '.length).replace(/=+$/, '')
          assert.ok(said.includes('***'), said)
          assert.ok(left.length <= ((before.length + after.length) * 8) / 6 + 2, said)
        }
      })
    }
  }
  for (const [how, form] of forms) {
    test(`is masked when it is said ${how}`, () => {
      const said = mask(`before ${form} and ${form} after`, [new Secret('other'), new Secret(value)])
      assert.match(said, /^before "?\*\*\*=?"? and "?\*\*\*=?"? after$/)
    })
  }

  test('is masked in JSON with its escapes', () => {
    const value = 'a"b\\c\nd'
    assert.equal(mask(JSON.stringify({ value }), [new Secret(value)]), '{"value":"***"}')
  })

  test('that is as long as a whole file is masked, in its pieces', () => {
    const long = Array.from({ length: 12_000 }, (_, i) => `line ${i} of a body\n`).join('')
    assert.match(mask(`got ${long} here`, [new Secret(long)]), /^got (?:\*\*\*)+ here$/)
    assert.doesNotMatch(mask(`got ${long.slice(50_000, 60_000)}`, [new Secret(long)]), /line 3[0-9]00 /)
  })

  test('that holds a lone surrogate does not break the masking', () => {
    assert.equal(mask('x a\uD800b y a%EF%BF%BDb', [new Secret('a\uD800b')]), 'x *** y ***')
  })

  test('that is part of another leaves nothing of the longer one', () => {
    assert.equal(mask('abcdef', [new Secret('abc'), new Secret('abcdef')]), '***')
    assert.equal(mask('user:abc YWJj', [new Secret('abc')]), 'user:*** ***')
  })

  test('with the marks of replacement patterns is replaced as it stands', () => {
    assert.equal(mask('x $& $1 y', [new Secret('$& $1')]), 'x *** y')
  })
})

describe('text that others wrote', () => {
  const table: [string, string][] = [
    ['plain', 'plain'],
    [' two\r\nlines\tand  blanks ', 'two lines and blanks'],
    ['bell\u0007 null\0 escape\u001b[2J', 'bell\\x07 null\\x00 escape\\x1b[2J'],
    ['C1 \u009b2J and \u2028 \u2029.', 'C1 \\x9b2J and \\x2028 \\x2029.'],
    ['blank behind \u2028', 'blank behind'],
    ['turned \u202Earound\u202C \u2067x\u2069', 'turned \\x202earound\\x202c \\x2067x\\x2069'],
    ['größe ✓ 日本 👩‍🚀', 'größe ✓ 日本 👩‍🚀'],
  ]
  for (const [text, shown] of table) {
    test(`is one printable line: ${JSON.stringify(text)}`, () => assert.equal(printable(text), shown))
  }

  test('is cut at its limit, with a sign that it was', () => {
    assert.equal(printable('x'.repeat(200)), 'x'.repeat(200))
    assert.equal(printable('x'.repeat(201)), `${'x'.repeat(199)}…`)
    assert.equal(printable('abcdef', 4), 'abc…')
  })

  test('is not cut in the middle of a character', () => {
    assert.equal(printable('ab👩👩', 4), 'ab…')
    assert.equal(printable('a👩👩👩', 4), 'a👩…')
  })

  test('loses its secrets before it is cut', () => {
    const secret = new Secret('hunter2')
    assert.equal(quoteForeign('FATAL: hunter2\nis wrong', [secret]), 'FATAL: *** is wrong')
    assert.equal(quoteForeign('say hunter2', [secret], 8), 'say ***')
    assert.equal(quoteForeign('a hun\nter2', [new Secret('hun\nter2')]), 'a ***')
  })
})
