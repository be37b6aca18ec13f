import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { mask, printable, quoteForeign, Secret } from '../../src/plan/secret.ts'
import { describeUnread } from '../../src/plan/unread.ts'

/** Lone surrogates, which UTF-8 cannot hold, replaced. */
function wellFormed(text: string): string {
  return Buffer.from(text).toString()
}

/** Any character, half of them ASCII; lone surrogates too. */
const character = fc.oneof(fc.nat(127), fc.nat(0x10ffff)).map((code) => String.fromCodePoint(code))

/** Passwords of many alphabets, none of which can be found in the rest of a target or in a mask by chance. */
const password = fc
  .tuple(
    fc.string({ unit: fc.constantFrom(...'@:/?#=& %\'"\\[]{}<>,;!ö日😀+-_.~\n\t'), maxLength: 8 }),
    fc.nat(15),
  )
  .map(([text, at]) => wellFormed(`${text.slice(0, at)}Q7w${text.slice(at)}`))

test('no form of a secret survives in a text that others wrote', () => {
  const around = fc.string({ unit: character, maxLength: 12 })
  const encode = fc.constantFrom(
    (value: string) => value,
    (value: string) => encodeURIComponent(value),
    (value: string) => encodeURI(value),
    (value: string) => encodeURIComponent(value).toLowerCase(),
    (value: string) => new URLSearchParams([['', value]]).toString().slice(1),
    (value: string) => JSON.stringify(value).slice(1, -1),
    (value: string) => value.replace(/[\s\S]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`),
    (value: string) => value.replace(/[\s\S]/gu, (c) => `&#${c.codePointAt(0)};`),
    (value: string) => value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;'),
    (value: string) => Buffer.from(value).toString('base64').replace(/=+$/, ''),
    (value: string) => Buffer.from(value).toString('base64url'),
  )
  fc.assert(
    fc.property(password, encode, around, around, fc.nat(5), (value, encode, before, after, limit) => {
      const said = encode(value)
      const secrets = [new Secret('xyz'), new Secret(value)]
      const masked = mask(before + said + after + said, secrets)
      assert.ok(!masked.includes(said), masked)
      assert.ok(!masked.toLowerCase().includes(value.toLowerCase()), masked)
      if (!/q7/i.test(before + after)) {
        assert.doesNotMatch(quoteForeign(before + said + after, secrets, 20 + limit), /q7/i)
      }
    }),
    { numRuns: 250 },
  )
})

test('a password shows in no form of a target that could not be parsed', () => {
  const secret = fc.oneof(
    password,
    password.map((value) => encodeURIComponent(value)),
  )
  const user = fc.constantFrom('', 'app', 'app%40x', 'a.b-c')
  const host = fc.constantFrom('db', 'db:5432', '[::1]:5432', 'a:1,b:2', '', 'db:port', '/run/pg')
  const scheme = fc.constantFrom('postgres://', 'redis://', 'https://', 'POSTGRESQL://', 'http:/', 'x:///')
  const rest = fc.constantFrom(
    '',
    '/',
    '/app',
    '/app?x=1',
    '/a:b@c',
    '?sslmode=require#name=x',
    '#timeout=2s',
    '#body=a@b',
  )
  const key = fc.constantFrom('password', 'PASSWORD', 'sslpassword', 'token', 'api-key')
  const shape = fc.oneof(
    fc.tuple(scheme, user, secret, host, rest).map(([s, u, p, h, r]) => `${s}${u}:${p}@${h}${r}`),
    fc.tuple(scheme, secret, host, rest).map(([s, p, h, r]) => `${s}${p}@${h}${r}`),
    fc.tuple(user, secret, host, rest).map(([u, p, h, r]) => `${u}:${p}@${h}${r}`),
    // The host is missing; behind an @ or a slash a password would be taken for it, as by everybody.
    fc.tuple(scheme, user, secret, rest).map(([s, u, p, r]) => `${s}${u}:${p.replace(/[/@]/g, '')}${r}`),
    fc.tuple(scheme, host, key, secret, rest).map(([s, h, k, p, r]) => `${s}${h}/x?a=b&${k}=${p}${r}`),
    fc.tuple(scheme, host, key, secret).map(([s, h, k, p]) => `${s}app@${h}/x;${k}=${p}`),
    fc.tuple(scheme, host, key, secret).map(([s, h, k, p]) => `${s}${h}/x#${k}=${p}`),
    fc.tuple(host, key, secret, rest).map(([h, k, p, r]) => `host=${h} ${k}=${p} dbname=x${r}`),
    fc.tuple(key, secret, rest).map(([k, p, r]) => `${k} = '${p}'${r}`),
    fc.tuple(key, secret, fc.constantFrom("'", '"', '')).map(([k, p, q]) => `  ${k}=${q}${p}`),
  )
  fc.assert(
    fc.property(shape, (raw) => {
      const shown = describeUnread(raw, true)
      assert.ok(!shown.includes('Q7'), `${raw} -> ${shown}`)
    }),
    { numRuns: 3000 },
  )
})

test('whatever a peer sends becomes one line within the limit', () => {
  const text = fc.oneof(
    fc.string({ unit: character }),
    fc.string({ unit: fc.constantFrom('\n', '\r', '\0', ' ', 'a', '\x1b', '😀') }),
  )
  fc.assert(
    fc.property(text, fc.integer({ min: 1, max: 40 }), (text, limit) => {
      const line = printable(text, limit)
      assert.ok(line.length <= limit)
      assert.doesNotMatch(line, /[\p{Cc}\p{Zl}\p{Zp}]/u)
      assert.ok(line === wellFormed(line) || text !== wellFormed(text))
      assert.equal(printable(line, limit), line)
    }),
  )
})
