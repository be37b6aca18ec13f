/** `node:crypto`: hashes, random bytes, and of Web Crypto what a SCRAM login needs. */
import { Buffer } from './buffer.ts'
import { type HashName, host } from './host.ts'
import { withCode } from './system-error.ts'
import { webcrypto } from './webcrypto.ts'

const NAMES: ReadonlySet<string> = new Set(['md5', 'sha1', 'sha256', 'sha384', 'sha512'])

export class Hash {
  readonly #name: HashName
  readonly #parts: Uint8Array[] = []

  constructor(name: string) {
    const known = name.toLowerCase()
    if (!NAMES.has(known))
      throw withCode(new Error('Digest method not supported'), 'ERR_OSSL_EVP_UNSUPPORTED')
    this.#name = known as HashName
  }

  update(data: string | Uint8Array, encoding?: BufferEncoding): this {
    this.#parts.push(typeof data === 'string' ? Buffer.from(data, encoding) : data)
    return this
  }

  digest(): Buffer
  digest(encoding: BufferEncoding): string
  digest(encoding?: BufferEncoding): Buffer | string {
    const digest = Buffer.from(host.hash(this.#name, Buffer.concat(this.#parts)))
    return encoding === undefined ? digest : digest.toString(encoding)
  }
}

export function createHash(name: string): Hash {
  return new Hash(name)
}

export function randomBytes(size: number): Buffer {
  return Buffer.from(host.randomBytes(size))
}

export { createPrivateKey, X509Certificate } from './x509.ts'
export { webcrypto }
