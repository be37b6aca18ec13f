import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  type CertificateFacts,
  certificateFailure,
  certificateTime,
  roughSpan,
  subjectNames,
} from '../../../src/checks/transport/certificate-failure.ts'

const NOW = Date.UTC(2026, 5, 15, 12)
const facts: CertificateFacts = {
  subjectCommonName: 'db.example',
  issuerCommonName: 'Example Authority',
  subjectAltName: 'DNS:db.example',
  validFrom: 'Jan  2 03:04:05 2026 GMT',
  validTo: 'Dec 31 23:59:59 2026 GMT',
}

describe('a date as OpenSSL prints it', () => {
  const table: [string, string | undefined][] = [
    ['Jan  2 03:04:05 2026 GMT', '2026-01-02T03:04:05.000Z'],
    ['Dec 31 23:59:59 2049 GMT', '2049-12-31T23:59:59.000Z'],
    ['Feb 29 00:00:00 2028 GMT', '2028-02-29T00:00:00.000Z'],
    ['Mar 10 01:02:03.500 2030 GMT', '2030-03-10T01:02:03.000Z'],
    ['anF 10 01:02:03 2030 GMT', undefined],
    ['Foo 10 01:02:03 2030 GMT', undefined],
    ['Bad time value', undefined],
    ['', undefined],
  ]
  for (const [text, iso] of table) {
    test(JSON.stringify(text), () => {
      const time = certificateTime(text)
      assert.equal(Number.isNaN(time) ? undefined : new Date(time).toISOString(), iso)
    })
  }
})

test('spans are said in their largest unit', () => {
  const spans = [0, 999, 1000, 59_999, 60_000, 3_599_999, 3_600_000, 86_399_999, 86_400_000, 400 * 86_400_000]
  assert.deepEqual(spans.map(roughSpan), [
    ...['1 second', '1 second', '1 second', '59 seconds', '1 minute', '59 minutes'],
    ...['1 hour', '23 hours', '1 day', '400 days'],
  ])
})

test('names are hosts and addresses, and nothing else of the extension', () => {
  const subjectAltName =
    'DNS:a.example, IP Address:10.0.0.1, email:x@y, URI:http://z, DNS:"b, DNS:c", DNS:*.d'
  assert.deepEqual(subjectNames({ ...facts, subjectAltName }), ['a.example', '10.0.0.1', '"b, DNS:c"', '*.d'])
})

describe('verdicts that take more than one certificate to come to', () => {
  const table: [string, Partial<CertificateFacts>, string][] = [
    ['CERT_HAS_EXPIRED', {}, "an authority in the certificate's chain has expired"],
    ['CERT_NOT_YET_VALID', {}, "an authority in the certificate's chain is not valid yet"],
    ['SELF_SIGNED_CERT_IN_CHAIN', {}, 'certificate is signed by an unknown authority (Example Authority)'],
    [
      'UNABLE_TO_GET_ISSUER_CERT',
      { issuerCommonName: undefined },
      'certificate is signed by an unknown authority',
    ],
    [
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
      { issuerCommonName: 'a\nb' },
      'certificate is signed by an unknown authority (a b)',
    ],
    ['CERT_REVOKED', {}, 'certificate is revoked'],
    ['CERT_SIGNATURE_FAILURE', {}, 'certificate has a broken signature'],
    ['INVALID_CA', {}, 'certificate is signed by one that is not an authority'],
    ['INVALID_PURPOSE', {}, 'certificate is not made for servers'],
    ['PATH_LENGTH_EXCEEDED', {}, 'certificate is not accepted (PATH_LENGTH_EXCEEDED)'],
  ]
  for (const [code, more, reason] of table) {
    test(`${code}: ${reason}`, () => {
      const failure = certificateFailure(code, { ...facts, ...more }, 'db.example', false, NOW)
      assert.equal(failure.reason, reason)
      assert.equal(failure.code, code)
      assert.equal(failure.lasting, true)
      assert.equal(failure.down, false)
    })
  }

  test('that a runtime words its own way are given a code', () => {
    const failure = certificateFailure('something is odd', facts, 'db.example', false, NOW)
    assert.equal(failure.code, 'CERT_INVALID')
    assert.equal(failure.reason, 'certificate is not accepted (something is odd)')
  })
})
