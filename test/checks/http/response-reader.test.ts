/** What is read of responses: all that RFC 9112 lets a recipient take. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { byUs, cut, numbers, type Outcome } from './reading.ts'

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
