import assert from 'node:assert/strict'
import { createHash, createPrivateKey, randomBytes, webcrypto, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { peer } from './peer.ts'

const HASHES: readonly (readonly [string, string])[] = [
  ['md5', '900150983cd24fb0d6963f7d28e17f72'],
  ['sha1', 'a9993e364706816aba3e25717850c26c9cd0d89d'],
  ['sha256', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
]

for (const [name, expected] of HASHES) {
  test(`${name} of abc, in pieces too`, () => {
    assert.equal(createHash(name).update('abc').digest('hex'), expected)
    assert.equal(createHash(name).update('a').update(Buffer.from('bc')).digest('hex'), expected)
    assert.equal(createHash(name).update('abc', 'utf-8').digest().toString('hex'), expected)
  })
}

test('an unknown hash is refused', () => {
  assert.throws(() => createHash('nonsense'), /Digest method not supported/)
})

test('random bytes are as many as asked for, and others each time', () => {
  assert.equal(randomBytes(20).length, 20)
  const twice = new Set([randomBytes(20).toString('hex'), randomBytes(20).toString('hex')])
  assert.equal(twice.size, 2)
  const array = new Uint8Array(16)
  assert.equal(webcrypto.getRandomValues(array), array)
  assert.ok(array.some((byte) => byte !== 0))
})

test('what a SCRAM login does: digest, HMAC, PBKDF2', async () => {
  const { subtle } = webcrypto
  const hex = (data: ArrayBuffer): string => Buffer.from(data).toString('hex')
  const text = new TextEncoder()
  assert.equal(hex(await subtle.digest('SHA-256', text.encode('abc'))), HASHES[2]?.[1])
  const hmac = { name: 'HMAC', hash: 'SHA-256' }
  const key = await subtle.importKey('raw', text.encode('key'), hmac, false, ['sign'])
  assert.equal(
    hex(await subtle.sign('HMAC', key, text.encode('The quick brown fox jumps over the lazy dog'))),
    'f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8',
  )
  const password = await subtle.importKey('raw', text.encode('password'), 'PBKDF2', false, ['deriveBits'])
  const parameters = { name: 'PBKDF2', hash: 'SHA-256', salt: text.encode('salt'), iterations: 4096 }
  assert.equal(
    hex(await subtle.deriveBits(parameters, password, 256)),
    'c5e478d59288c841aa530db6845c4c8d962893a001ce4e11a4963873aa98134a',
  )
})

test('many derivations at once do not hold up a timer', async () => {
  const { subtle } = webcrypto
  const key = await subtle.importKey('raw', new Uint8Array([1]), 'PBKDF2', false, ['deriveBits'])
  const parameters = { name: 'PBKDF2', hash: 'SHA-256', iterations: 100_000 }
  const salts = [1, 2, 3, 4].map((byte) => new Uint8Array(16).fill(byte))
  const all = Promise.all(salts.map((salt) => subtle.deriveBits({ ...parameters, salt }, key, 256)))
  let ticks = 0
  const interval = setInterval(() => {
    ticks += 1
  }, 2)
  await all
  clearInterval(interval)
  assert.ok(ticks > 2, `${ticks}`)
})

test('a hash that Web Crypto does not know is refused', async () => {
  await assert.rejects(webcrypto.subtle.digest('SHA-3000', new Uint8Array(0)), { name: 'NotSupportedError' })
})

test('a certificate out of a file', async () => {
  const { clientCert, clientKey, otherKey } = await peer()
  const certificate = new X509Certificate(readFileSync(clientCert, 'utf8'))
  assert.equal(certificate.subject, 'CN=client')
  assert.equal(certificate.subjectAltName, 'DNS:client')
  assert.ok(Date.parse(certificate.validFrom) < Date.now())
  assert.ok(Date.parse(certificate.validTo) > Date.now())
  assert.equal(certificate.checkHost('client', { subject: 'never' }), 'client')
  assert.equal(certificate.checkHost('server', { subject: 'never' }), undefined)
  assert.equal(certificate.checkIP('127.0.0.1'), undefined)
  assert.equal(certificate.checkPrivateKey(createPrivateKey(readFileSync(clientKey, 'utf8'))), true)
  assert.equal(certificate.checkPrivateKey(createPrivateKey(readFileSync(otherKey, 'utf8'))), false)
})

test('what is no certificate is refused, and what is no key', async () => {
  const { clientCert } = await peer()
  assert.throws(() => new X509Certificate('nonsense'))
  assert.throws(() => new X509Certificate('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'))
  const certificate = new X509Certificate(readFileSync(clientCert, 'utf8'))
  assert.throws(() => certificate.checkPrivateKey(createPrivateKey('nonsense')))
})

test('what is derived again is the same, and belongs to who asked; anything else differs', async () => {
  const { subtle } = webcrypto
  const hex = (data: ArrayBuffer): string => Buffer.from(data).toString('hex')
  const derive = async (
    password: string,
    salt: number,
    iterations: number,
    bits: number,
  ): Promise<ArrayBuffer> => {
    const key = await subtle.importKey('raw', new TextEncoder().encode(password), 'PBKDF2', false, [
      'deriveBits',
    ])
    return subtle.deriveBits(
      { name: 'PBKDF2', hash: 'SHA-256', salt: new Uint8Array([salt]), iterations },
      key,
      bits,
    )
  }
  const first = await derive('a', 1, 10, 256)
  const before = hex(first)
  new Uint8Array(first).fill(0)
  assert.equal(hex(await derive('a', 1, 10, 256)), before)
  const others = [
    derive('b', 1, 10, 256),
    derive('a', 2, 10, 256),
    derive('a', 1, 11, 256),
    derive('a', 1, 10, 128),
  ]
  assert.equal(new Set([before, ...(await Promise.all(others)).map(hex)]).size, 5)
})
