import assert from 'node:assert/strict'
import path from 'node:path'
import process from 'node:process'
import { test } from 'node:test'

const PATHS = [
  '',
  '/',
  '.',
  '..',
  'a',
  'a/',
  '/a',
  '/a/b.c',
  'a/../b',
  '../../x',
  './a//b/',
  '/..',
  '.hidden',
  'a.b.c',
  '..x',
  'x.',
]
const EXPECTED: Readonly<Record<string, readonly string[]>> = {
  dirname: ['.', '/', '.', '.', '.', '.', '/', '/a', 'a/..', '../..', './a/', '/', '.', '.', '.', '.'],
  basename: ['', '', '.', '..', 'a', 'a', 'a', 'b.c', 'b', 'x', 'b', '..', '.hidden', 'a.b.c', '..x', 'x.'],
  extname: ['', '', '', '', '', '', '', '.c', '', '', '', '', '', '.c', '.x', '.'],
  normalize: [
    '.',
    '/',
    '.',
    '..',
    'a',
    'a/',
    '/a',
    '/a/b.c',
    'b',
    '../../x',
    'a/b/',
    '/',
    '.hidden',
    'a.b.c',
    '..x',
    'x.',
  ],
}

for (const name of ['dirname', 'basename', 'extname', 'normalize'] as const) {
  test(`${name} of usual and unusual paths`, () => {
    assert.deepEqual(
      PATHS.map((each) => path[name](each)),
      EXPECTED[name],
    )
  })
}

test('join and resolve', () => {
  assert.equal(path.join('/a', '..', 'b', './c'), '/b/c')
  assert.equal(path.join('', ''), '.')
  assert.equal(path.join('a', '/b'), 'a/b')
  assert.equal(path.resolve('/a', 'b', '../c'), '/a/c')
  assert.equal(path.resolve('/a', '/b'), '/b')
  assert.equal(path.resolve('x'), `${process.cwd()}/x`)
  assert.equal(path.resolve('/'), '/')
  assert.equal(path.basename('a/b.txt', '.txt'), 'b')
  assert.equal(path.basename('.txt', '.txt'), '')
  assert.equal(path.basename('a/.txt', '.txt'), '.txt')
})
