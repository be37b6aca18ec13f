import assert from 'node:assert/strict'
import { test } from 'node:test'
import { OK, outcome, request } from './http-client.ts'
import type { Step } from './peer/script.ts'
import { record } from './peer.ts'

const OUTCOMES: readonly (readonly [string, readonly Step[], string])[] = [
  ['a body by its length', [['write', `${OK}Content-Length: 2\r\n\r\nab`]], 'ab'],
  [
    'a body that ends with the connection',
    [['write', `${OK}\r\nabc`], ['wait', 10], ['write', 'def'], ['end']],
    'abcdef',
  ],
  [
    'a chunked body in pieces',
    [
      ['write', `${OK}Transfer-Encoding: chunked\r\n\r\n3\r\nab`],
      ['wait', 10],
      ['write', 'c\r\n2;x=y\r\nde\r'],
      ['wait', 10],
      ['write', '\n0\r\nTrailer: t\r\n\r\n'],
    ],
    'abcde',
  ],
  [
    'an interim answer',
    [
      ['write', 'HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n'],
      ['write', `${OK}Content-Length: 1\r\n\r\na`],
    ],
    'a',
  ],
  ['204 has no body', [['write', 'HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n']], ''],
  ['one byte at a time', [...`${OK}Content-Length: 1\r\n\r\nz`].map((char): Step => ['write', char]), 'z'],
  ['HTTP/1.0', [['write', 'HTTP/1.0 200 OK\r\n\r\nold'], ['end']], 'old'],
  [
    'what follows the body is no response',
    [['write', `${OK}Content-Length: 1\r\n\r\nabcdef`]],
    'error HPE_INVALID_CONSTANT',
  ],
  [
    'what follows the last body',
    [['write', `${OK}Connection: close\r\nContent-Length: 1\r\n\r\nabcdef`]],
    'error HPE_CLOSED_CONNECTION',
  ],
  ['empty lines follow the body', [['write', `${OK}Content-Length: 1\r\n\r\na\r\n`]], 'a'],
  ['closed without a word', [['end']], 'error ECONNRESET'],
  ['reset without a word', [['reset']], 'error ECONNRESET'],
  ['closed within the head', [['write', `${OK}Content-`], ['end']], 'error ECONNRESET'],
  [
    'closed within the body',
    [['write', `${OK}Content-Length: 9\r\n\r\nabc`], ['wait', 10], ['end']],
    'cut off: aborted ECONNRESET',
  ],
  [
    'closed within a chunk',
    [['write', `${OK}Transfer-Encoding: chunked\r\n\r\n9\r\nabc`], ['wait', 10], ['end']],
    'cut off: aborted ECONNRESET',
  ],
  ['no HTTP', [['write', 'SSH-2.0-x\r\n']], 'error HPE_INVALID_CONSTANT'],
  ['no HTTP and no line either', [['write', 'EHLO']], 'error HPE_INVALID_CONSTANT'],
  ['a version that is none', [['write', 'HTTP/9.9 200 OK\r\n\r\n']], 'error HPE_INVALID_VERSION'],
  ['a status that is none', [['write', 'HTTP/1.1 2x0 OK\r\n\r\n']], 'error HPE_INVALID_STATUS'],
  ['a header without a colon', [['write', `${OK}Header\r\n\r\n`]], 'error HPE_INVALID_HEADER_TOKEN'],
  ['a control character in a header', [['write', `${OK}A: b\x01\r\n\r\n`]], 'error HPE_INVALID_HEADER_TOKEN'],
  ['line feeds alone', [['write', 'HTTP/1.1 200 OK\nA: b\n\n']], 'error HPE_CR_EXPECTED'],
  [
    'two lengths',
    [['write', `${OK}Content-Length: 1\r\nContent-Length: 2\r\n\r\nab`]],
    'error HPE_UNEXPECTED_CONTENT_LENGTH',
  ],
  [
    'a length and chunks',
    [['write', `${OK}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n`]],
    'error HPE_INVALID_TRANSFER_ENCODING',
  ],
  [
    'a length that is none',
    [['write', `${OK}Content-Length: 1e3\r\n\r\n`]],
    'error HPE_INVALID_CONTENT_LENGTH',
  ],
  [
    'headers without end',
    [
      ['write', OK],
      ['write', `A: ${'x'.repeat(20_000)}`],
    ],
    'error HPE_HEADER_OVERFLOW',
  ],
  [
    'a switch of protocols',
    [['write', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n']],
    'closed',
  ],
]

for (const [name, steps, expected] of OUTCOMES) {
  test(`${name}: ${expected}`, async () => {
    if (expected === 'closed') {
      const sent = await request(steps)
      const events = record(sent, ['response', 'error', 'close'])
      sent.end()
      await new Promise((resolve) => sent.once('close', resolve))
      assert.deepEqual(events, ['close'])
    } else assert.equal(await outcome(steps), expected)
  })
}
