import assert from 'node:assert/strict'
import { test } from 'node:test'

test('text to UTF-8 and back', () => {
  const bytes = new TextEncoder().encode('aä€😀')
  assert.equal(bytes.length, 10)
  assert.equal(new TextDecoder().decode(bytes), 'aä€😀')
  assert.equal(new TextDecoder('utf-8').decode(bytes.buffer), 'aä€😀')
  assert.equal(new TextEncoder().encode().length, 0)
  assert.equal(new TextDecoder().decode(), '')
})

test('a lone surrogate and what is no UTF-8 become U+FFFD', () => {
  assert.deepEqual([...new TextEncoder().encode('\ud800')], [0xef, 0xbf, 0xbd])
  assert.equal(new TextDecoder().decode(new Uint8Array([0x61, 0xff])), 'a\ufffd')
})

test('fatal throws instead', () => {
  assert.throws(() => new TextDecoder('utf-8', { fatal: true }).decode(new Uint8Array([0xff])), {
    name: 'TypeError',
    code: 'ERR_ENCODING_INVALID_ENCODED_DATA',
  })
})

test('a byte order mark is taken off, unless it is to stay', () => {
  const marked = new Uint8Array([0xef, 0xbb, 0xbf, 0x61])
  assert.equal(new TextDecoder().decode(marked), 'a')
  assert.equal(new TextDecoder('utf-8', { ignoreBOM: true }).decode(marked), '\ufeffa')
})

test('an encoding that is not known is refused', () => {
  assert.throws(() => new TextDecoder('nonsense'), { name: 'RangeError' })
})

test('queueMicrotask', async () => {
  const seen: string[] = []
  queueMicrotask(() => seen.push('later'))
  seen.push('now')
  await Promise.resolve()
  assert.deepEqual(seen, ['now', 'later'])
})
