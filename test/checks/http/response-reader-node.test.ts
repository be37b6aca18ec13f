/** What Node's parser takes of responses, our reader takes, and reads the same in it. */
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import process from 'node:process'
import { test } from 'node:test'
import { peerText } from '../../../src/checks/http/response-lines.ts'
import { byUs, cut, numbers } from './reading.ts'

interface NodeParser {
  initialize(type: number, resource: object, maxHeaderSize: number, lenient: number): void
  execute(bytes: Uint8Array): number | (Error & { code: string })
  finish(): undefined | (Error & { code: string })
  [callback: number]: unknown
}

interface NodeParserClass {
  new (): NodeParser
  readonly RESPONSE: number
  readonly kOnHeaders: number
  readonly kOnHeadersComplete: number
  readonly kOnBody: number
  readonly kOnMessageComplete: number
}

const { HTTPParser } = createRequire(import.meta.url)('_http_common') as { HTTPParser: NodeParserClass }

interface Result {
  readonly heads: unknown[]
  body: string
  complete: boolean
  error: string | undefined
}

const isInterim = (status: number): boolean => status >= 100 && status < 200 && status !== 101

function byNode(pieces: readonly Uint8Array[]): Result {
  const result: Result = { heads: [], body: '', complete: false, error: undefined }
  const parser = new HTTPParser()
  parser.initialize(HTTPParser.RESPONSE, {}, 16_384, 0)
  let early: string[] = []
  let status = 0
  parser[HTTPParser.kOnHeaders] = (headers: string[]) => void early.push(...headers)
  parser[HTTPParser.kOnHeadersComplete] = (...head: unknown[]) => {
    const [major, minor, headers, , , code, message] = head
    status = Number(code)
    result.heads.push([major, minor, code, message, ...((headers as string[] | undefined) ?? early)])
    early = []
    return 0
  }
  parser[HTTPParser.kOnBody] = (bytes: Buffer) => {
    result.body += bytes.toString('latin1')
  }
  parser[HTTPParser.kOnMessageComplete] = () => {
    result.complete = !isInterim(status)
  }
  for (const piece of pieces) {
    const outcome = parser.execute(piece)
    if (result.complete) return result
    if (outcome instanceof Error) return { ...result, error: outcome.code }
  }
  return { ...result, error: parser.finish()?.code, complete: result.complete }
}

const SEEDS = [
  'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX: y\r\n\r\nhello',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n3;a=b\r\nabc\r\n0\r\nT: v\r\n\r\n',
  'HTTP/1.0 200 OK\r\n\r\nuntil close',
  'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No\r\nA:b\r\n\r\n',
  'HTTP/1.1 304\r\nContent-Length: 10\r\n\r\n',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\nConnection: close\r\n\r\na\r\n0123456789\r\n0\r\n\r\n',
]
// no tabs: Node does not take one after "chunked" for white space, as RFC 9110 (5.5) does
const BITS = [
  ...['\r', '\n', '\r\n', ' ', ':', ';', '0', 'f', 'g', '\x00', '\x7f', '\x80', ',', '=', '"', '\\'],
  ...[
    'Content-Length: 3\r\n',
    'Transfer-Encoding: chunked\r\n',
    'transfer-encoding: identity\r\n',
    ' folded\r\n',
  ],
  ...['HTTP/1.1 ', 'HTTP/2.0', '99999999999999999999', 'Upgrade: x\r\nConnection: upgrade\r\n'],
]

function mutate(text: string, pick: (below: number) => number): string {
  const at = pick(text.length + 1)
  const bit = BITS[pick(BITS.length)] ?? ''
  switch (pick(4)) {
    case 0:
      return text.slice(0, at) + bit + text.slice(at)
    case 1:
      return text.slice(0, at) + text.slice(at + 1 + pick(3))
    case 2:
      return text.slice(0, at) + bit + text.slice(at + bit.length)
    default:
      return text.slice(0, at)
  }
}

test('whatever is done to a response: what Node takes is taken, and the same is read in it', () => {
  const runs = Number(process.env['FUZZ_RUNS'] ?? 20_000)
  const pick = numbers(Number(process.env['FUZZ_SEED'] ?? 1))
  let taken = 0
  for (let run = 0; run < runs; run += 1) {
    let text = SEEDS[pick(SEEDS.length)] ?? ''
    for (let i = pick(4); i >= 0; i -= 1) text = mutate(text, pick)
    const bytes = Buffer.from(text, 'latin1')
    const pieces = pick(2) === 0 ? [bytes] : cut(bytes, pick)
    const node = byNode(pieces)
    const { outcome } = byUs(pieces)
    if (node.error !== undefined || !node.complete) continue
    const [, , status, phrase] = node.heads.at(-1) as [number, number, number, string]
    // no status is less (RFC 9110, 15)
    if (status < 100) continue
    taken += 1
    assert.deepEqual(
      outcome,
      [status, peerText(phrase.replace(/^[ \t]+/, '')), node.body],
      `${JSON.stringify(text)} in ${pieces.length}`,
    )
  }
  assert.ok(taken > runs / 10)
})
