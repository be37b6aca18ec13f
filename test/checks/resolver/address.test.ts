import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { canonicalAddress, formatIPv6, reverseName } from '../../../src/checks/resolver/address.ts'

describe('IP addresses', () => {
  for (const [written, canonical] of [
    ['::', '::'],
    ['::1', '::1'],
    ['1::', '1::'],
    ['2001:0DB8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['1:0:0:2:0:0:0:3', '1:0:0:2::3'],
    ['::ffff:10.1.2.3', '::ffff:a01:203'],
    ['10.0.0.1', '10.0.0.1'],
    ['fe80::1%eth0', 'fe80::1%eth0'],
    ['db', 'db'],
  ] as const) {
    test(`${written} is spelled ${canonical}`, () => assert.equal(canonicalAddress(written), canonical))
  }

  test('of version 6 are read as they were written', () => {
    fc.assert(
      fc.property(fc.ipV6(), (address) => {
        const canonical = canonicalAddress(address)
        assert.equal(canonicalAddress(canonical), canonical)
      }),
    )
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
        const address = formatIPv6(bytes)
        assert.equal(canonicalAddress(address), address)
        const hex = reverseName(address)?.replace('.ip6.arpa', '').split('.').reverse().join('')
        assert.equal(hex, Buffer.from(bytes).toString('hex'))
      }),
    )
  })

  test('have names for their names', () => {
    assert.equal(reverseName('10.1.2.3'), '3.2.1.10.in-addr.arpa')
    assert.equal(reverseName('fe80::1%eth0'), undefined)
    assert.equal(reverseName('db'), undefined)
  })
})
