/** What is read of responses: all that Node's parser takes, in the same way, and what RFC 9112 lets a recipient take besides. */
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import process from 'node:process'
import { describe, test } from 'node:test'
import type { ResponseHead } from '../../../src/checks/http/response-head.ts'
import { HttpFault, peerText } from '../../../src/checks/http/response-lines.ts'
import { ResponseReader } from '../../../src/checks/http/response-reader.ts'

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

/** What was read: status, phrase and body; `undefined` where the connection ended within it; or what is wrong. */
type Outcome = readonly [status: number, phrase: string, body: string] | HttpFault['fault'] | undefined

interface Read {
  readonly outcome: Outcome
  readonly head: ResponseHead | undefined
}

function byUs(pieces: readonly Uint8Array[], method = 'GET'): Read {
  let head: ResponseHead | undefined
  let body = ''
  const reader = new ResponseReader(
    method,
    (one) => {
      assert.equal(head, undefined)
      head = one
    },
    (piece) => {
      body += piece.toString('latin1')
    },
  )
  try {
    for (const piece of pieces) reader.read(Buffer.from(piece))
  } catch (error) {
    if (!(error instanceof HttpFault)) throw error
    return { outcome: error.fault, head }
  }
  const complete = reader.finish() && head !== undefined
  return { outcome: complete && head !== undefined ? [head.status, head.phrase, body] : undefined, head }
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

/** The whole, byte by byte, and in pieces by chance. */
function* manners(bytes: Buffer): Generator<readonly Uint8Array[]> {
  yield [bytes]
  yield Array.from(bytes, (byte) => Uint8Array.of(byte))
  const pick = numbers(bytes.length)
  for (let i = 0; i < 5; i += 1) yield cut(bytes, pick)
}

const OK = 'HTTP/1.1 200 OK\r\n'
const CHUNKED = `${OK}Transfer-Encoding: chunked\r\n\r\n`
const LENGTH = 'Content-Length: 2\r\n\r\nok'

/** Raw answers; as text they are Latin-1. Those that curl refuses are marked. */
const TAKEN: Readonly<Record<string, string | readonly [text: string, body: string, phrase?: string]>> = {
  'lines that end in LF': 'HTTP/1.1 200 OK\nContent-Length: 2\nX: y\n\nok',
  'a status line that ends in LF': `HTTP/1.1 200 OK\n${LENGTH}`,
  'headers that end in LF': `${OK}Content-Length: 2\nX: y\n\nok`,
  'an empty line of LF': `${OK}Content-Length: 2\r\n\nok`,
  'two CR': `${OK}X: a\r\r\n${LENGTH}`,
  'empty lines in front (not curl)': `\r\n\n\r\n${OK}${LENGTH}`,
  'no phrase': [`HTTP/1.1 200\r\n${LENGTH}`, 'ok', ''],
  'no phrase, but its space': [`HTTP/1.1 200 \r\n${LENGTH}`, 'ok', ''],
  'a folded line': `${OK}X: a\r\n b\r\n\tc\r\n${LENGTH}`,
  'a folded line with nothing before (not curl)': `${OK} X: a\r\n${LENGTH}`,
  'a folded length': `${OK}Content-Length:\r\n 2\r\n\r\nok`,
  'space before the colon': `${OK}X : a\r\nContent-Length \t: 2\r\n\r\nok`,
  'the same length twice': `${OK}Content-Length: 2\r\n${LENGTH}`,
  'the same length in a list': `${OK}Content-Length: 2, 2\r\n\r\nok`,
  'HTTP/1.0 without a length': 'HTTP/1.0 200 OK\r\nX: y\r\n\r\nok',
  'no length': `${OK}\r\nok`,
  'HTTP/1.2 (not curl)': `HTTP/1.2 200 OK\r\n${LENGTH}`,
  'HTTP/2.0': `HTTP/2.0 200 OK\r\n${LENGTH}`,
  'a name in lower case': `http/1.1 200 OK\r\n${LENGTH}`,
  'two spaces': `HTTP/1.1  200  OK\r\n${LENGTH}`,
  'tabs in the status line (not curl)': `HTTP/1.1\t200\tOK\r\n${LENGTH}`,
  'chunk extensions': `${CHUNKED}2;a=b;c="d"\r\nok\r\n0\r\n\r\n`,
  'chunk extensions with spaces': `${CHUNKED}2 ; a = b\r\nok\r\n0\r\n\r\n`,
  'a space behind the size of a chunk': `${CHUNKED}2  \r\nok\r\n0\r\n\r\n`,
  'a size with zeros': `${CHUNKED}0002\r\nok\r\n000\r\n\r\n`,
  'chunks with LF': `${CHUNKED}2\nok\n0\n\n`,
  trailers: `${CHUNKED}2\r\nok\r\n0\r\nX: y\r\n\r\n`,
  'a length among the trailers': `${CHUNKED}2\r\nok\r\n0\r\nContent-Length: 9\r\n\r\n`,
  'both a length and a coding': `${OK}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n`,
  'a coding in upper case': `${OK}Transfer-Encoding: CHUNKED\r\n\r\n2\r\nok\r\n0\r\n\r\n`,
  'a coding twice': `${OK}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n`,
  'a coding that is not chunked': `${OK}Transfer-Encoding: identity\r\n\r\nok`,
  'interim answers': `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n${OK}${LENGTH}`,
  'interim answers with LF': 'HTTP/1.1 100 Continue\n\nHTTP/1.1 200 OK\nContent-Length: 2\n\nok',
  'fields without a value': `${OK}X:\r\nY: \r\n${LENGTH}`,
  'names that are none': `${OK}: a\r\nX Y: b\r\nZ(z): c\r\nCaf\xe9: d\r\n${LENGTH}`,
  'control characters in a value': `${OK}X: a\x01\x7fb\r\n${LENGTH}`,
  'CR and NUL in a value (not curl)': `${OK}X: a\rb\0c\r\n${LENGTH}`,
  'a phrase in Latin-1': [`HTTP/1.1 200 Caf\xe9\r\n${LENGTH}`, 'ok', 'Caf\xe9'],
  'a phrase in UTF-8': [`HTTP/1.1 200 Caf\xc3\xa9\r\n${LENGTH}`, 'ok', 'Café'],
  'a phrase with a tab': [`HTTP/1.1 200 a\tb\r\n${LENGTH}`, 'ok', 'a\tb'],
  'more than the length': [`${OK}Content-Length: 2\r\n\r\nok and more`, 'ok'],
  'more than the chunks': `${CHUNKED}2\r\nok\r\n0\r\n\r\nHTTP/1.1 500`,
}

const NOT_TAKEN: Readonly<Record<string, readonly [text: string, outcome: Outcome]>> = {
  'two lengths': [`${OK}Content-Length: 3\r\n${LENGTH}`, 'broken'],
  'two lengths in a list': [`${OK}Content-Length: 3, 2\r\n\r\nok`, 'broken'],
  'a length with a sign': [`${OK}Content-Length: +2\r\n\r\nok`, 'broken'],
  'a length with a tail': [`${OK}Content-Length: 2x\r\n\r\nok`, 'broken'],
  'an empty length': [`${OK}Content-Length:\r\n\r\nok`, 'broken'],
  'a line without a colon': [`${OK}garbage\r\n${LENGTH}`, 'broken'],
  'a status of four digits': [`HTTP/1.1 2000 OK\r\n${LENGTH}`, 'broken'],
  'a status of two digits': [`HTTP/1.1 20 OK\r\n${LENGTH}`, 'broken'],
  'a version without a dot': [`HTTP/1 200 OK\r\n${LENGTH}`, 'broken'],
  'a size that is none': [`${CHUNKED}xyz\r\nok\r\n`, 'broken'],
  'a negative size': [`${CHUNKED}-2\r\nok\r\n`, 'broken'],
  'a size beyond all bounds': [`${CHUNKED}ffffffffffffffff\r\nok\r\n`, 'broken'],
  'more than a chunk': [`${CHUNKED}1\r\nok\r\n0\r\n\r\n`, 'broken'],
  'a body cut short': [`${OK}Content-Length: 5\r\n\r\nok`, undefined],
  'chunks cut short': [`${CHUNKED}2\r\nok\r\n`, undefined],
  'trailers cut short': [`${CHUNKED}2\r\nok\r\n0\r\nX: y\r\n`, undefined],
  'headers cut short': [`${OK}Content-Length: 2\r\n`, undefined],
  'a status line cut short': ['HTTP/1.1 2', undefined],
  'an interim answer alone': ['HTTP/1.1 100 Continue\r\n\r\n', undefined],
  'nothing at all': ['', undefined],
  'a greeting': ['SSH-2.0-OpenSSH_9.9\r\n', 'not HTTP'],
  'a greeting without an end': ['220', 'not HTTP'],
  'HTTP/0.9': ['<html>ok</html>', 'not HTTP'],
  'a TLS alert': ['\x15\x03\x03\0\x02\x02\x46', 'not HTTP'],
  'what is only like it': ['HTTPS/1.1 200 OK\r\n\r\n', 'not HTTP'],
}

describe('a response is read', () => {
  for (const [title, answer] of Object.entries(TAKEN)) {
    const [text, body, phrase = 'OK'] = typeof answer === 'string' ? [answer, 'ok'] : answer
    test(`with ${title}`, () => {
      for (const pieces of manners(Buffer.from(text, 'latin1'))) {
        assert.deepEqual(byUs(pieces).outcome, [200, phrase, body])
      }
    })
  }

  test('with the values of its fields as they are meant', () => {
    const lines = [
      'A: x\r\n y',
      'b : \t z \t',
      'C: Caf\xc3\xa9',
      'D: Caf\xe9',
      'E E: no',
      'F:',
      'G: a\0b',
      'A: again',
    ]
    const { head } = byUs([Buffer.from(`${OK}${lines.join('\r\n')}\r\n\r\n`, 'latin1')])
    assert.deepEqual(
      head?.fields.map(({ name, value }) => `${name}=${value}`),
      ['a=x y', 'b=z', 'c=Café', 'd=Caf\xe9', 'f=', 'g=a b', 'a=again'],
    )
  })

  for (const [status, method] of [
    [204, 'GET'],
    [304, 'GET'],
    [101, 'GET'],
    [200, 'HEAD'],
  ] as const) {
    test(`without a body: ${status} to ${method}`, () => {
      const text = `HTTP/1.1 ${status} X\r\nContent-Length: 5\r\n\r\n`
      assert.deepEqual(byUs([Buffer.from(text)], method).outcome, [status, 'X', ''])
    })
  }
})

describe('a response is not taken', () => {
  for (const [title, [text, outcome]] of Object.entries(NOT_TAKEN)) {
    test(`with ${title}: ${outcome ?? 'cut short'}`, () => {
      for (const pieces of manners(Buffer.from(text, 'latin1'))) {
        assert.deepEqual(byUs(pieces).outcome, outcome)
      }
    })
  }

  test('when its head is larger than Node takes', () => {
    const endless = Array.from({ length: 2000 }, (_, i) => Buffer.from(`X-${i}: ${'y'.repeat(100)}\r\n`))
    for (const pieces of [
      [Buffer.from(OK), ...endless],
      [Buffer.from(`HTTP/1.1 200 ${'z'.repeat(20_000)}`)],
      [Buffer.from(`${OK}${'z'.repeat(20_000)}`)],
      [Buffer.from(`${OK}X: a\r\n${' z\r\n'.repeat(10_000)}`)],
      [Buffer.from(`${CHUNKED}0\r\n`), ...endless],
      [Buffer.from(`${CHUNKED}5;${'e'.repeat(20_000)}`)],
    ]) {
      assert.equal(byUs(pieces).outcome, 'too large')
    }
    assert.equal(byUs([Buffer.alloc(70_000, 'x')]).outcome, 'not HTTP')
  })
})

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
