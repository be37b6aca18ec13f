/** `node:buffer`: the npm package of Node's Buffer, with UTF-8 and Latin-1 by the host, which is much faster, and base64url. */
import { Buffer, kMaxLength } from 'buffer/index.js'
import { host } from './host.ts'
import { decodeLatin1 } from './latin1.ts'

/** As V8 has it: ioredis looks at it before it writes a pipeline. */
export const constants = { MAX_LENGTH: kMaxLength, MAX_STRING_LENGTH: 2 ** 29 - 24 }

function isUtf8(encoding: unknown): boolean {
  return encoding === undefined || encoding === null || /^utf-?8$/i.test(String(encoding))
}

const slowToString = Buffer.prototype.toString
Buffer.prototype.toString = function (this: Buffer, encoding?: BufferEncoding, start = 0, end = this.length) {
  const part = start === 0 && end === this.length ? this : this.subarray(Math.max(start, 0), end)
  if (isUtf8(encoding)) return host.utf8Decode(part)
  if (encoding === 'latin1' || encoding === 'binary') return decodeLatin1(part)
  if (encoding !== 'base64url') return slowToString.call(this, encoding, start, end)
  const base64: string = slowToString.call(this, 'base64', start, end)
  return base64.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
}

const from = Buffer.from as (value: unknown, second?: unknown, third?: unknown) => Buffer
const byteLength = Buffer.byteLength
Object.assign(Buffer, {
  byteLength(value: string | Buffer, encoding?: BufferEncoding): number {
    if (typeof value === 'string') {
      if (isUtf8(encoding)) return host.utf8Encode(value).byteLength
      if (encoding === 'base64url') return Math.floor((value.replace(/=+$/, '').length * 3) / 4)
    }
    return byteLength(value, encoding)
  },
  from(value: unknown, second?: unknown, third?: unknown): Buffer {
    if (typeof value !== 'string') return from(value, second, third)
    if (isUtf8(second)) return from(host.utf8Encode(value))
    if (second !== 'base64url') return from(value, second)
    return from(value.replaceAll('-', '+').replaceAll('_', '/'), 'base64')
  },
})

export { Buffer, kMaxLength }
