import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { CertificateFacts } from '../../../src/checks/transport/certificate-failure.ts'
import { unsupportedError, unsupportedFailure } from '../../../src/checks/transport/tls-unsupported.ts'
import { libpqAccepts } from '../../../src/checks/transport/verdict.ts'

describe('a name that libpq takes although it is no alternative name', () => {
  const table: [
    commonName: string | undefined,
    alternatives: string | undefined,
    host: string,
    taken: boolean,
  ][] = [
    ['db.example', undefined, 'db.example', true],
    ['DB.Example', undefined, 'db.eXample', true],
    ['db.example', undefined, 'other.example', false],
    ['db.example', 'DNS:other.example', 'db.example', false],
    ['db.example', 'IP Address:10.0.0.1', 'db.example', true],
    ['db.example', 'email:a@b, URI:http://c', 'db.example', true],
    ['*.example', undefined, 'db.example', true],
    ['*.example', undefined, 'a.db.example', false],
    ['*.example', undefined, 'example', false],
    ['*.example', undefined, '.example', false],
    ['*', undefined, 'db', false],
    ['d*.example', undefined, 'db.example', false],
    ['a.*.example', undefined, 'a.b.example', false],
    ['10.0.0.1', undefined, '10.0.0.1', true],
    ['10.0.0.1', 'DNS:db.example', '10.0.0.1', true],
    ['10.0.0.1', 'IP Address:10.0.0.2', '10.0.0.1', false],
    ['db.example', 'DNS:10.0.0.1', '10.0.0.1', true],
    ['10.0.0.2', 'DNS:10.0.0.1, IP Address:10.0.0.3', '10.0.0.1', true],
    ['db.example\0.evil', undefined, 'db.example', false],
    ['', undefined, '', false],
    [undefined, undefined, 'db.example', false],
  ]
  for (const [subjectCommonName, subjectAltName, host, taken] of table) {
    test(`${JSON.stringify(subjectCommonName)} beside ${subjectAltName ?? 'nothing'} for ${host}: ${taken}`, () => {
      const facts: CertificateFacts = { subjectCommonName, subjectAltName, validFrom: '', validTo: '' }
      assert.equal(libpqAccepts(facts, host), taken)
    })
  }
})

describe('what TLS here cannot do', () => {
  const table: [code: string, what: string, reason: string][] = [
    ['TLS_UNSUPPORTED_KEY', 'Ed448', "server's key is Ed448, which readywhen cannot verify"],
    [
      'TLS_UNSUPPORTED_AUTHORITY',
      'DSA',
      'certificate is signed by an authority whose key is DSA, which readywhen cannot verify',
    ],
    [
      'TLS_UNSUPPORTED_SIGNATURE',
      'SHA-1',
      'certificate is signed with SHA-1, which readywhen does not accept',
    ],
    [
      'TLS_UNSUPPORTED_CERTIFICATE',
      'its chain is too long',
      'readywhen cannot verify this certificate: its chain is too long',
    ],
    [
      'TLS_UNSUPPORTED_CLIENT_KEY',
      'RSA of 1024 bits',
      'key of the client certificate is RSA of 1024 bits, which readywhen cannot sign with',
    ],
    ['TLS_UNSUPPORTED_EXTENSION', 'x', 'certificate has a critical extension that readywhen does not know'],
    ['TLS_UNSUPPORTED_OFFER', 'x', 'server refused the TLS handshake'],
    ['TLS_UNSUPPORTED_MOON', 'new', 'TLS failed: new'],
  ]
  for (const [code, what, reason] of table) {
    test(`${code}: ${reason}`, () => {
      const failure = unsupportedFailure(code, what)
      assert.deepEqual([failure.code, failure.reason, failure.lasting], [code, reason, true])
      const error = Object.assign(new Error(what), { code: `ERR_${code}` })
      assert.equal(unsupportedError(error)?.reason, reason)
    })
  }

  test('old certificates are to be issued anew', () => {
    const failure = unsupportedFailure('TLS_UNSUPPORTED_CERTIFICATE', 'it is of X.509 version 1')
    assert.equal(failure.hint, 'issue it as version 3')
  })

  test('is nothing else', () => {
    assert.equal(unsupportedError(Object.assign(new Error('x'), { code: 'ERR_SSL_X' })), undefined)
    assert.equal(unsupportedError('x'), undefined)
  })
})
