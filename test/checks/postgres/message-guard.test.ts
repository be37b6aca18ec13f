import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Failure } from '../../../src/checks/failure.ts'
import { AuthenticationGuard } from '../../../src/checks/postgres/authentication-guard.ts'
import { MessageGuard } from '../../../src/checks/postgres/message-guard.ts'
import {
  authentication,
  columns,
  DONE,
  dataRow,
  PARSED,
  packet,
  READY,
  serverError,
} from '../../servers/fake-postgres.ts'

const anyGuard = (): MessageGuard =>
  new MessageGuard([], new AuthenticationGuard({ channelBinding: 'prefer' }, 'plain'))

const LOGIN = Buffer.concat([
  authentication(10, 'SCRAM-SHA-256\0\0'),
  authentication(11, 'r=x,s=y,i=1'),
  authentication(12, 'v=z'),
  authentication(0),
  packet('S', 'server_version\x0017.2\0'),
  packet('K', Buffer.alloc(8)),
  READY,
  Buffer.concat([PARSED, columns(1), dataRow(['x'.repeat(1000)]), DONE, READY]),
  serverError('57P01', 'terminating connection'),
])

test('lets a session through however its bytes are cut into pieces', () => {
  const lengths = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 20 })
  fc.assert(
    fc.property(lengths, (pieces) => {
      const guard = anyGuard()
      for (let at = 0, i = 0; at < LOGIN.length; i++) {
        const length = pieces[i % pieces.length] ?? 1
        guard.push(LOGIN.subarray(at, at + length))
        at += length
      }
    }),
  )
})

test('refuses errors and notices whose fields do not end, in which the driver would lose itself', () => {
  const complete = ['\0', 'Mfull\0\0', 'SFATAL\0Mfull\0\0']
  const broken = ['', 'M', 'Mfull', 'Mfull\0', 'Mfull\0C', '\0M']
  for (const type of ['E', 'N']) {
    for (const body of [...complete, ...broken]) {
      const bytes = packet(type, body)
      for (const cut of [bytes.length, bytes.length - 1, 5, 1]) {
        const push = () => {
          const guard = anyGuard()
          guard.push(authentication(0))
          guard.push(bytes.subarray(0, cut))
          guard.push(bytes.subarray(cut))
        }
        if (complete.includes(body)) push()
        else
          assert.throws(push, { reason: 'answered in broken PostgreSQL protocol' }, `${type} ${body} ${cut}`)
      }
    }
  }
})

test('refuses any bytes that are no messages, with nothing but a failure', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 5, maxLength: 60 }), fc.boolean(), (bytes, loggedIn) => {
      const guard = anyGuard()
      if (loggedIn) guard.push(Buffer.concat([authentication(0), READY]))
      try {
        guard.push(Buffer.from(bytes))
      } catch (error) {
        assert.ok(error instanceof Failure)
      }
    }),
    { numRuns: 1000 },
  )
})
