import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { closedByPeer, systemCode, systemFailure } from '../../../src/checks/transport/system-failure.ts'

const systemError = (code: string): Error => Object.assign(new Error(`connect ${code}`), { code })

describe('an error of the system', () => {
  for (const [code, reason, down, lasting] of [
    ['ECONNREFUSED', 'connection refused', true, false],
    ['EHOSTUNREACH', 'no route to host', true, false],
    ['ETIMEDOUT', 'no answer to the connection request', true, false],
    ['ECONNRESET', 'connection reset by peer', false, false],
    ['EMFILE', 'too many open files in this process', false, false],
    ['EACCES', 'permission denied', false, true],
    ['EWHATEVER', 'system error EWHATEVER', false, false],
  ] as const) {
    test(`${code} reads "${reason}"`, () => {
      const failure = systemFailure(systemError(code))
      assert.deepEqual(
        [failure?.code, failure?.reason, failure?.down, failure?.lasting],
        [code, reason, down, lasting],
      )
    })
  }

  test('says what had been reached', () => {
    const failure = systemFailure(systemError('ECONNRESET'), 'during the TLS handshake')
    assert.equal(failure?.reason, 'connection reset by peer during the TLS handshake')
  })

  for (const [what, error] of [
    ['an error without a code', new Error('x')],
    ['an error of Node itself', systemError('ERR_SOCKET_CLOSED')],
    ['an error with a number', Object.assign(new Error('x'), { code: 111 })],
    ['no error', undefined],
    ['a text', 'ECONNREFUSED'],
  ] as const) {
    test(`is not ${what}`, () => {
      assert.equal(systemCode(error), undefined)
      assert.equal(systemFailure(error), undefined)
    })
  }

  test('is told from an end without one', () => {
    const { code, reason, down } = closedByPeer('during the handshake')
    assert.deepEqual(
      [code, reason, down],
      ['CLOSED', 'connection closed by peer during the handshake', false],
    )
  })
})
