import assert from 'node:assert/strict'
import { test } from 'node:test'

test('the parts of a URL', () => {
  const url = new URL('https://us%20er:p%40ss@Example.COM:8443/a/../b%20c?x=1&y=a+b#frag')
  assert.equal(url.href, 'https://us%20er:p%40ss@example.com:8443/b%20c?x=1&y=a+b#frag')
  assert.equal(url.protocol, 'https:')
  assert.equal(url.username, 'us%20er')
  assert.equal(url.password, 'p%40ss')
  assert.equal(url.host, 'example.com:8443')
  assert.equal(url.hostname, 'example.com')
  assert.equal(url.port, '8443')
  assert.equal(url.pathname, '/b%20c')
  assert.equal(url.search, '?x=1&y=a+b')
  assert.equal(url.hash, '#frag')
  assert.equal(url.origin, 'https://example.com:8443')
  assert.equal(String(url), url.href)
  assert.equal(JSON.stringify({ url }), JSON.stringify({ url: url.href }))
})

const PARSED: readonly (readonly [string, string | undefined, string | null])[] = [
  ['http://a', undefined, 'http://a/'],
  ['HTTP://A:80/', undefined, 'http://a/'],
  ['//b/c', 'http://a/x', 'http://b/c'],
  ['../c', 'http://a/x/y', 'http://a/c'],
  ['?q', 'http://a/x', 'http://a/x?q'],
  ['postgres://u:p@h:5432/db?sslmode=require', undefined, 'postgres://u:p@h:5432/db?sslmode=require'],
  ['redis://[::1]:6379/0', undefined, 'redis://[::1]:6379/0'],
  ['http://[::1]:80/', undefined, 'http://[::1]/'],
  ['http://127.1/', undefined, 'http://127.0.0.1/'],
  ['http://a b/', undefined, null],
  ['http://a:99999/', undefined, null],
  ['no url', undefined, null],
  ['', undefined, null],
]

for (const [text, base, expected] of PARSED) {
  test(`${JSON.stringify(text)}${base === undefined ? '' : ` from ${base}`} is ${expected}`, () => {
    if (expected === null) assert.throws(() => new URL(text), { code: 'ERR_INVALID_URL', name: 'TypeError' })
    else assert.equal(new URL(text, base).href, expected)
  })
}

test('parts can be set', () => {
  const url = new URL('http://a/b')
  url.port = '81'
  url.pathname = '/c d'
  url.search = 'x=ä'
  url.hash = ''
  url.password = 'p:w'
  assert.equal(url.href, 'http://:p%3Aw@a:81/c%20d?x=%C3%A4')
  url.port = 'nonsense'
  assert.equal(url.port, '81')
})

test('search parameters, and the URL changes with them', () => {
  const url = new URL('http://a/?x=1&y=a+b%26c&x=2&z')
  const { searchParams } = url
  assert.equal(searchParams.get('x'), '1')
  assert.deepEqual(searchParams.getAll('x'), ['1', '2'])
  assert.equal(searchParams.get('y'), 'a b&c')
  assert.equal(searchParams.get('z'), '')
  assert.equal(searchParams.get('none'), null)
  assert.equal(searchParams.has('z'), true)
  searchParams.set('x', 'ü~')
  searchParams.delete('z')
  searchParams.append('n', '(1)')
  assert.equal(url.search, '?x=%C3%BC%7E&y=a+b%26c&n=%281%29')
  url.search = '?only=this'
  assert.deepEqual([...searchParams], [['only', 'this']])
})

test('what is percent-encoded and no UTF-8', () => {
  assert.equal(new URLSearchParams('a=%ff%zz%').get('a'), '\ufffd%zz%')
  assert.equal(new URLSearchParams('?a=b').get('a'), 'b')
  assert.equal(String(new URLSearchParams([['a', 'b c']])), 'a=b+c')
})
