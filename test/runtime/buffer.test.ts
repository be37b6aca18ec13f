import assert from 'node:assert/strict'
import { test } from 'node:test'

const ENCODINGS: readonly (readonly [BufferEncoding, string, string])[] = [
  ['utf8', 'aä€😀', '61c3a4e282acf09f9880'],
  ['utf-8', 'é', 'c3a9'],
  ['hex', '00ff10', '00ff10'],
  ['base64', 'AP8Q', '00ff10'],
  ['base64url', '_-8', 'ffef'],
  ['latin1', 'aÿ', '61ff'],
  ['binary', 'aÿ', '61ff'],
  ['ascii', 'abc', '616263'],
  ['utf16le', 'aä', '6100e400'],
]

for (const [encoding, text, hex] of ENCODINGS) {
  test(`${encoding} there and back`, () => {
    const buffer = Buffer.from(text, encoding)
    assert.equal(buffer.toString('hex'), hex)
    assert.equal(buffer.toString(encoding), text)
    assert.equal(Buffer.byteLength(text, encoding), hex.length / 2)
  })
}

test('base64 with line breaks, without padding, in the URL alphabet', () => {
  for (const text of ['aGVsbG8=', 'aGVsbG8', 'aGVs\nbG8=']) {
    assert.equal(Buffer.from(text, 'base64').toString(), 'hello')
  }
  assert.equal(Buffer.from('_-8', 'base64').toString('hex'), 'ffef')
})

test('what is no UTF-8 becomes U+FFFD, and lone surrogates too', () => {
  assert.equal(Buffer.from([0x61, 0xff, 0x62]).toString(), 'a\ufffdb')
  assert.equal(Buffer.from([0xe2, 0x82]).toString(), '\ufffd')
  assert.equal(Buffer.from('a\ud800b').toString('hex'), '61efbfbd62')
})

test('parts of a buffer as text', () => {
  const buffer = Buffer.from('hello world')
  assert.equal(buffer.toString('utf8', 6), 'world')
  assert.equal(buffer.toString('utf8', 0, 5), 'hello')
  assert.equal(buffer.toString('latin1', 6, 8), 'wo')
  assert.equal(buffer.toString('utf8', 3, 3), '')
  assert.equal(buffer.toString('utf8', 20), '')
  assert.equal(buffer.toString('utf8', -5, 2), 'he')
})

test('numbers in and out', () => {
  const buffer = Buffer.alloc(16)
  buffer.writeUInt8(255, 0)
  buffer.writeInt16BE(-2, 1)
  buffer.writeInt32BE(-3, 3)
  buffer.writeUInt32BE(0xdeadbeef, 7)
  assert.equal(buffer.toString('hex', 0, 11), 'fffffefffffffddeadbeef')
  assert.equal(buffer.readUInt8(0), 255)
  assert.equal(buffer.readInt16BE(1), -2)
  assert.equal(buffer.readUInt16BE(1), 65_534)
  assert.equal(buffer.readInt32BE(3), -3)
  assert.equal(buffer.readUInt32BE(7), 0xdeadbeef)
  buffer.writeDoubleBE(1.5, 8)
  assert.equal(buffer.readDoubleBE(8), 1.5)
  assert.throws(() => buffer.readUInt32BE(14), { name: 'RangeError' })
})

test('concat, slices and copies', () => {
  const both = Buffer.concat([Buffer.from('ab'), new Uint8Array([99])])
  assert.equal(both.toString(), 'abc')
  const slice = both.subarray(1)
  slice[0] = 120
  assert.equal(both.toString(), 'axc')
  assert.ok(Buffer.isBuffer(slice))
  const target = Buffer.alloc(5, '.')
  assert.equal(both.copy(target, 1, 0, 2), 2)
  assert.equal(target.toString(), '.ax..')
  assert.equal(Buffer.concat([Buffer.from('abc')], 2).toString(), 'ab')
})

test('comparing and searching', () => {
  const buffer = Buffer.from('one\r\ntwo')
  assert.equal(buffer.indexOf('\r\n'), 3)
  assert.equal(buffer.indexOf(0x74), 5)
  assert.equal(buffer.includes('three'), false)
  assert.equal(buffer.equals(Buffer.from('one\r\ntwo')), true)
  assert.equal(Buffer.compare(Buffer.from('a'), Buffer.from('b')), -1)
})

test('write puts text into a buffer and tells how many bytes', () => {
  const buffer = Buffer.alloc(8)
  assert.equal(buffer.write('äb', 1, 'utf-8'), 3)
  assert.equal(buffer.toString('hex'), '00c3a46200000000')
  assert.equal(buffer.write('toolong', 5), 3)
})

test('a Buffer is a Uint8Array, from one and from an ArrayBuffer', () => {
  const bytes = new Uint8Array([1, 2, 3])
  assert.equal(Buffer.from(bytes).toString('hex'), '010203')
  const shared = Buffer.from(bytes.buffer, 1, 2)
  bytes[1] = 9
  assert.equal(shared.toString('hex'), '0903')
  assert.ok(shared instanceof Uint8Array)
  assert.equal(JSON.stringify(Buffer.from('a')), '{"type":"Buffer","data":[97]}')
})

test('base64 in which something else stands', () => {
  for (const text of ['aGVs*bG8=', 'aGVsbG8=aGVs', 'aGVsbG8==', 'aGVsb', ' aGVs bG8']) {
    assert.equal(Buffer.from(text, 'base64').toString().slice(0, 3), 'hel', text)
  }
  assert.equal(Buffer.from('aGVsbG8', 'base64').toString('base64', 1, 4), 'ZWxs')
  assert.equal(Buffer.from('+/-_', 'base64').toString('hex'), 'fbffbf')
})
