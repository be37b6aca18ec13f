/**
 * `node:buffer`: the npm package of Node's Buffer, with base64url, and what every connection does a hundred times done by
 * the host and the engine. The package's own functions are left for what is out of the ordinary.
 */
import { Buffer, kMaxLength } from 'buffer/index.js'
import { host } from './host.ts'
import { decodeLatin1 } from './latin1.ts'

/** As V8 has it: ioredis looks at it before it writes a pipeline. */
export const constants = { MAX_LENGTH: kMaxLength, MAX_STRING_LENGTH: 2 ** 29 - 24 }

function isUtf8(encoding: unknown): boolean {
  if (encoding === undefined || encoding === 'utf8' || encoding === 'utf-8' || encoding === null) return true
  return encoding !== 'latin1' && encoding !== 'base64' && /^utf-?8$/i.test(String(encoding))
}

/** What `new Uint8Array` makes, as a Buffer from the start: the package changes the prototype of each afterwards. */
function make(data: unknown): Buffer {
  return Reflect.construct(Uint8Array, [data], Buffer)
}

/** Whether these are the bounds of a part as they stand, nothing to be rounded, clamped or counted from the end. */
function isPart(from: number, to: number, length: number): boolean {
  return (from | 0) === from && (to | 0) === to && from >= 0 && from <= to && to <= length
}

/** What the engine has and the compiler does not know of yet (ECMAScript 2026). */
const engine = Uint8Array as unknown as {
  fromBase64(text: string): Uint8Array
  readonly prototype: {
    toBase64(options?: { readonly alphabet: 'base64url'; readonly omitPadding: boolean }): string
  }
}
const { toBase64 } = engine.prototype

const slow = {
  subarray: Uint8Array.prototype.subarray,
  toString: Buffer.prototype.toString,
  write: Buffer.prototype.write as (...args: readonly unknown[]) => number,
}

function subarray(this: Buffer, start = 0, end = this.length): Buffer {
  return isPart(start, end, this.length)
    ? Reflect.construct(Uint8Array, [this.buffer, this.byteOffset + start, end - start], Buffer)
    : (slow.subarray.call(this, start, end) as Buffer)
}

Object.assign(Buffer.prototype, {
  subarray,
  slice: subarray,
  toString(this: Buffer, encoding?: BufferEncoding, start = 0, end = this.length): string {
    if (isUtf8(encoding)) return host.utf8Decode(view(this, start, end))
    if (encoding === 'latin1' || encoding === 'binary') return decodeLatin1(view(this, start, end))
    if (encoding === 'base64') return toBase64.call(view(this, start, end))
    if (encoding !== 'base64url') return slow.toString.call(this, encoding, start, end)
    return toBase64.call(view(this, start, end), { alphabet: 'base64url', omitPadding: true })
  },
  write(this: Buffer, text: string, offset: unknown = 0, encoding?: unknown, ...more: unknown[]): number {
    if (typeof text === 'string' && typeof offset === 'number' && isUtf8(encoding)) {
      const bytes = new Uint8Array(host.utf8Encode(text))
      // one that does not fit is cut between characters
      if (isPart(offset, offset + bytes.length, this.length)) {
        this.set(bytes, offset)
        return bytes.length
      }
    }
    return slow.write.call(this, text, offset, encoding, ...more)
  },
})

/** The engine is strict, as a server that says what it means is; the package takes what it can of anything. */
function fromBase64(text: string): Buffer {
  try {
    const { buffer, length } = engine.fromBase64(text)
    return Reflect.construct(Uint8Array, [buffer, 0, length], Buffer)
  } catch {
    return from(text.replaceAll('-', '+').replaceAll('_', '/'), 'base64')
  }
}

/** The bytes of a part, to be read at once. */
function view(buffer: Buffer, start: number, end: number): Uint8Array {
  if (start === 0 && end === buffer.length) return buffer
  return isPart(start, end, buffer.length)
    ? new Uint8Array(buffer.buffer, buffer.byteOffset + start, end - start)
    : buffer.subarray(Math.max(start, 0), end)
}

const { alloc, allocUnsafe, byteLength } = Buffer
const from = Buffer.from as (value: unknown, second?: unknown, third?: unknown) => Buffer
Object.assign(Buffer, {
  alloc(size: number, ...fill: [string | undefined, BufferEncoding | undefined]): Buffer {
    return fill[0] === undefined && isPart(0, size, kMaxLength) ? make(size) : alloc(size, ...fill)
  },
  allocUnsafe(size: number): Buffer {
    return isPart(0, size, kMaxLength) ? make(size) : allocUnsafe(size)
  },
  byteLength(value: string | Buffer, encoding?: BufferEncoding): number {
    if (typeof value === 'string') {
      if (isUtf8(encoding)) return host.utf8Encode(value).byteLength
      if (encoding === 'base64url') return Math.floor((value.replace(/=+$/, '').length * 3) / 4)
    }
    return byteLength(value, encoding)
  },
  from(value: unknown, second?: unknown, third?: unknown): Buffer {
    if (typeof value !== 'string') {
      const plain = second === undefined && (value instanceof ArrayBuffer || value instanceof Uint8Array)
      return plain ? make(value) : from(value, second, third)
    }
    if (isUtf8(second)) return make(host.utf8Encode(value))
    return second === 'base64' || second === 'base64url' ? fromBase64(value) : from(value, second)
  },
})

export { Buffer, kMaxLength }
