import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { NoReply, ReplyGuard } from '../../../src/checks/redis/reply-guard.ts'

function push(bytes: string, asked: number, size = bytes.length): void {
  const guard = new ReplyGuard()
  for (let i = 0; i < asked; i += 1) guard.expectReply()
  const all = Buffer.from(bytes)
  for (let at = 0; at < all.length; at += size) guard.push(all.subarray(at, at + size))
}

const sound: readonly (readonly [string, number])[] = [
  ['+PONG\r\n', 1],
  ['-ERR max number of clients reached\r\n', 0],
  [':-12\r\n:0\r\n', 2],
  ['$0\r\n\r\n', 1],
  ['$5\r\n\r\n\r\n1\r\n', 1],
  ['*0\r\n*-1\r\n$-1\r\n', 3],
  ['*3\r\n$6\r\nmaster\r\n:0\r\n*1\r\n*2\r\n$-1\r\n+x\r\n+OK\r\n', 2],
  ['+PONG\r\n+PONG\r\n', 1],
]

test('lets replies through however their bytes are cut into pieces', () => {
  for (const [bytes, asked] of sound)
    for (let size = 1; size <= bytes.length; size++) push(bytes, asked, size)
})

const unsound: readonly (readonly [string, number])[] = [
  ['HTTP/1.1 400\r\n', 1],
  ['*1\r\nHTTP\r\n', 1],
  ['+PONG\n', 1],
  ['\r\n', 1],
  [':12x\r\n', 1],
  ['$x\r\n', 1],
  ['$-5\r\n', 1],
  ['$99999999999\r\n', 1],
  ['*x\r\n', 1],
  ['_\r\n', 1],
  ['>2\r\n$-1\r\n:1\r\n', 1],
  ['*1\r\n'.repeat(9), 1],
  ['$-1\r\n', 0],
  ['+PONG\r\n$-1\r\n', 1],
]

test('refuses what RESP 2 does not have, and a null that nobody asked for', () => {
  for (const [bytes, asked] of unsound) assert.throws(() => push(bytes, asked), NoReply, bytes)
})

test('refuses any bytes with nothing but its own error, and reads to the end of those it takes', () => {
  const tokens = fc.constantFrom(
    '*',
    '$',
    ':',
    '+',
    '-',
    '\r\n',
    '1',
    '2',
    '-1',
    'x',
    '*2\r\n',
    '$1\r\nx\r\n',
  )
  fc.assert(
    fc.property(fc.array(tokens, { maxLength: 20 }), fc.integer({ min: 1, max: 5 }), (parts, size) => {
      try {
        push(parts.join(''), 1, size)
      } catch (error) {
        assert.ok(error instanceof NoReply)
      }
    }),
  )
})
