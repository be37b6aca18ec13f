/** Our parser of responses beside Node's: what one takes, the other takes, and what one refuses, the other refuses. */
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import { ResponseParser } from '../../src/runtime/node/http-parser.ts'
import { ParseError } from '../../src/runtime/node/http-syntax.ts'

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

function byUs(pieces: readonly Uint8Array[]): Result {
  const result: Result = { heads: [], body: '', complete: false, error: undefined }
  const parser = new ResponseParser({
    onHead({ versionMajor, versionMinor, statusCode, statusMessage, rawHeaders }) {
      result.heads.push([versionMajor, versionMinor, statusCode, statusMessage, ...rawHeaders])
      return false
    },
    onBody(bytes) {
      result.body += Buffer.from(bytes).toString('latin1')
    },
    onComplete() {
      result.complete = true
    },
  })
  try {
    for (const piece of pieces) {
      parser.execute(piece)
      if (parser.complete) break
    }
    parser.finish()
  } catch (error) {
    if (!(error instanceof ParseError)) throw error
    // what is wrong after the end is another test's subject
    if (!result.complete) result.error = error.code
  }
  return result
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

/** Numbers that are the same in every run (mulberry32). */
function numbers(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) % below
  }
}

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

function cut(bytes: Uint8Array, pick: (below: number) => number): Uint8Array[] {
  const pieces: Uint8Array[] = []
  for (let at = 0; at < bytes.length; ) {
    const length = 1 + pick(9)
    pieces.push(bytes.subarray(at, at + length))
    at += length
  }
  return pieces
}

test('whatever is done to a response, both take it or both refuse it, and read the same in it', () => {
  const runs = Number(process.env['FUZZ_RUNS'] ?? 20_000)
  const pick = numbers(Number(process.env['FUZZ_SEED'] ?? 1))
  for (let run = 0; run < runs; run += 1) {
    let text = SEEDS[pick(SEEDS.length)] ?? ''
    for (let i = pick(4); i >= 0; i -= 1) text = mutate(text, pick)
    const bytes = Buffer.from(text, 'latin1')
    const pieces = pick(2) === 0 ? [bytes] : cut(bytes, pick)
    const [node, own] = [byNode(pieces), byUs(pieces)]
    const shown = `${JSON.stringify(text)} in ${pieces.length} pieces`
    assert.equal(
      own.error === undefined,
      node.error === undefined,
      `${shown}: ${own.error}, Node ${node.error}`,
    )
    if (node.error === undefined) assert.deepEqual(own, node, shown)
  }
})

test('garbage is refused or read to its end, never more than that', () => {
  const pick = numbers(2)
  for (let run = 0; run < 2000; run += 1) {
    const head = pick(2) === 0 ? 'HTTP/1.1 200 OK\r\n' : ''
    const bytes = Buffer.concat([
      Buffer.from(head),
      Buffer.from(Array.from({ length: pick(200) }, () => pick(256))),
    ])
    const pieces = cut(bytes, pick)
    assert.equal(
      byUs(pieces).error === undefined,
      byNode(pieces).error === undefined,
      bytes.toString('latin1'),
    )
  }
})

test('no more is kept of a head than Node keeps', () => {
  const endless = Array.from({ length: 2000 }, (_, i) => Buffer.from(`X-${i}: ${'y'.repeat(100)}\r\n`))
  for (const pieces of [
    [Buffer.from('HTTP/1.1 200 OK\r\n'), ...endless],
    [Buffer.from(`HTTP/1.1 200 ${'z'.repeat(20_000)}`)],
    [Buffer.from(`HTTP/1.1 200 OK\r\n${'z'.repeat(20_000)}`)],
    [Buffer.from(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n`), ...endless],
  ]) {
    assert.equal(byUs(pieces).error, 'HPE_HEADER_OVERFLOW')
    assert.equal(byNode(pieces).error, 'HPE_HEADER_OVERFLOW')
  }
  const extensions = Buffer.from(
    `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;${'e'.repeat(20_000)}`,
  )
  assert.equal(byUs([extensions]).error, 'HPE_CHUNK_EXTENSIONS_OVERFLOW')
  assert.equal(byNode([extensions]).error, 'HPE_CHUNK_EXTENSIONS_OVERFLOW')
})
