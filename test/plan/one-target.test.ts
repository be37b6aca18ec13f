import assert from 'node:assert/strict'
import { test } from 'node:test'
import http from '../../src/checks/http.ts'
import { checkOneTarget } from '../../src/plan/one-target.ts'

const refused: readonly (readonly [string, RegExp])[] = [
  ['http://a/,http://b/', /two targets/],
  ['http://a/ https://b/', /two targets/],
  ['http://a/#name=x;http://b/', /two targets/],
  ['http://a/,@/run/b', /two targets/],
  ['http://a,redis://b', /two targets/],
  ['http://http://b/', /scheme twice/],
  ['"http://a/"', /in quotes/],
  ['\u201chttp://a/\u201d', /in quotes/],
  ['["http://a/"]', /JSON or YAML/],
  ['[http://a/, http://b/]', /JSON or YAML/],
  ['{"http":"http://a/"}', /JSON or YAML/],
  ['- http://a/', /JSON or YAML/],
]
for (const [text, message] of refused) {
  test(`${text} is not one target`, () => {
    assert.throws(() => checkOneTarget(text, http.next), { name: 'UsageError', message })
  })
}

for (const text of [
  'http://a/x,y;z|w?q=1,2;3',
  'http://a/?next=https://b/',
  'http://a/https://b/',
  'http://a/?x=%2Chttp://b/',
  'http://a/#name=x%2Chttp://b/',
  'http://a/#request-header=Referer:http://b/',
  '[::1]:80',
  '[fe80::1%eth0]:80',
  'a:1',
  '/run/a,b',
]) {
  test(`${text} is one target`, () => checkOneTarget(text, http.next))
}
