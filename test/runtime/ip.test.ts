import assert from 'node:assert/strict'
import net from 'node:net'
import { test } from 'node:test'

const ADDRESSES: readonly (readonly [string, number])[] = [
  ['127.0.0.1', 4],
  ['255.255.255.255', 4],
  ['256.0.0.1', 0],
  ['1.2.3', 0],
  ['01.2.3.4', 0],
  ['1.2.3.4 ', 0],
  ['::', 6],
  ['::1', 6],
  ['fe80::1%eth0', 6],
  ['fe80::1%', 0],
  ['1:2:3:4:5:6:7:8', 6],
  ['1:2:3:4:5:6:7', 0],
  ['1:2:3:4:5:6:7::', 6],
  ['1:2:3:4:5:6:7:8:9', 0],
  ['1::2::3', 0],
  ['::ffff:1.2.3.4', 6],
  ['::1.2.3.4.5', 0],
  ['1:2:3:4:5:6:1.2.3.4', 6],
  ['1:2:3:4:5:6:7:1.2.3.4', 0],
  [':1:2:3:4:5:6:7', 0],
  ['1:2:3:4:5:6:7:', 0],
  ['12345::', 0],
  ['g::', 0],
  ['', 0],
  ['localhost', 0],
  ['[::1]', 0],
]

for (const [text, version] of ADDRESSES) {
  test(`isIP of ${JSON.stringify(text)} is ${version}`, () => {
    assert.equal(net.isIP(text), version)
    assert.equal(net.isIPv4(text), version === 4)
    assert.equal(net.isIPv6(text), version === 6)
  })
}
