/** `TextEncoder` and `TextDecoder`: UTF-8 by the host, latin1 here. */
import { host } from './host.ts'
import { decodeLatin1 } from './latin1.ts'

export class TextEncoder {
  readonly encoding = 'utf-8'

  encode(text = ''): Uint8Array {
    return new Uint8Array(host.utf8Encode(String(text)))
  }
}

export type Bytes = ArrayBuffer | ArrayBufferView

/** The bytes behind any view. */
export function bytesOf(data: Bytes): Uint8Array {
  if (data instanceof Uint8Array) return data
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data)
}

const NAMES: Readonly<Record<string, string>> = {
  utf8: 'utf-8',
  'utf-8': 'utf-8',
  latin1: 'windows-1252',
  ascii: 'windows-1252',
}

function decodeStrictly(bytes: Uint8Array): string {
  try {
    return host.utf8Decode(bytes, true)
  } catch {
    const words = 'The encoded data was not valid for encoding utf-8'
    throw Object.assign(new TypeError(words), { code: 'ERR_ENCODING_INVALID_ENCODED_DATA' })
  }
}

export class TextDecoder {
  readonly encoding: string
  readonly fatal: boolean
  readonly ignoreBOM: boolean

  constructor(label = 'utf-8', options: { readonly fatal?: boolean; readonly ignoreBOM?: boolean } = {}) {
    const encoding = NAMES[label.toLowerCase()]
    if (encoding === undefined) {
      throw Object.assign(new RangeError(`The "${label}" encoding is not supported`), {
        code: 'ERR_ENCODING_NOT_SUPPORTED',
      })
    }
    this.encoding = encoding
    this.fatal = options.fatal === true
    this.ignoreBOM = options.ignoreBOM === true
  }

  decode(data: Bytes = new Uint8Array(0)): string {
    const bytes = bytesOf(data)
    if (this.encoding !== 'utf-8') return decodeLatin1(bytes)
    const text = this.fatal ? decodeStrictly(bytes) : host.utf8Decode(bytes)
    return !this.ignoreBOM && text.charCodeAt(0) === 0xfeff ? text.slice(1) : text
  }
}
