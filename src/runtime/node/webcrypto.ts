/** Web Crypto, as far as a SCRAM login needs it (RFC 5802): digests, HMAC, PBKDF2. */
import { DOMException } from './abort.ts'
import { type HashName, host } from './host.ts'
import { ticket } from './loop.ts'
import { type Bytes, bytesOf } from './text.ts'

type Named = string | { readonly name: string }

interface Algorithm {
  readonly name: string
  readonly hash?: Named
}

/** A key that only this module looks into. */
class CryptoKey {
  readonly type = 'secret'
  readonly extractable: boolean
  readonly algorithm: Algorithm
  readonly usages: readonly string[]
  readonly #bytes: Uint8Array

  constructor(bytes: Uint8Array, algorithm: Algorithm, extractable: boolean, usages: readonly string[]) {
    this.#bytes = bytes
    this.algorithm = algorithm
    this.extractable = extractable
    this.usages = usages
  }

  static bytes(key: CryptoKey): Uint8Array {
    return key.#bytes
  }
}

function unsupported(what: string): DOMException {
  return new DOMException(`Unrecognized algorithm name: ${what}`, 'NotSupportedError')
}

const HASHES: Readonly<Record<string, HashName>> = {
  'SHA-1': 'sha1',
  'SHA-256': 'sha256',
  'SHA-384': 'sha384',
  'SHA-512': 'sha512',
}

function hashName(algorithm: Named | undefined): HashName {
  const name = (typeof algorithm === 'object' ? algorithm.name : (algorithm ?? '')).toUpperCase()
  const hash = HASHES[name]
  if (hash === undefined) throw unsupported(name)
  return hash
}

/**
 * What was derived last, by all that it is derived from. A server gives a role the same salt each time, so the thousands
 * of rounds are worked on once for all attempts (RFC 5802, 3, lets a client keep what comes of them).
 */
const derived = new Map<string, Promise<ArrayBuffer>>()
const MOST_DERIVED = 32

const subtle = {
  async digest(algorithm: Named, data: Bytes): Promise<ArrayBuffer> {
    return host.hash(hashName(algorithm), bytesOf(data))
  },

  async importKey(
    format: string,
    data: Bytes,
    algorithm: Named,
    extractable: boolean,
    usages: readonly string[],
  ): Promise<CryptoKey> {
    if (format !== 'raw') throw unsupported(format)
    const named: Algorithm = typeof algorithm === 'string' ? { name: algorithm } : algorithm
    if (!['HMAC', 'PBKDF2'].includes(named.name.toUpperCase())) throw unsupported(named.name)
    return new CryptoKey(bytesOf(data).slice(), named, extractable, usages)
  },

  async sign(_algorithm: Named, key: CryptoKey, data: Bytes): Promise<ArrayBuffer> {
    return host.hmac(hashName(key.algorithm.hash), CryptoKey.bytes(key), bytesOf(data))
  },

  /** PBKDF2; the host works on it in slices, so that many logins at once do not hold up everything else. */
  async deriveBits(
    algorithm: Algorithm & { readonly salt: Bytes; readonly iterations: number },
    key: CryptoKey,
    bits: number,
  ): Promise<ArrayBuffer> {
    const hash = hashName(algorithm.hash)
    const { iterations } = algorithm
    const salt = bytesOf(algorithm.salt)
    const identity = [hash, iterations, bits, salt.join(), CryptoKey.bytes(key).join()].join(' ')
    const known = derived.get(identity)
    if (known !== undefined) return (await known).slice(0)
    const fresh = derive(hash, CryptoKey.bytes(key), salt, iterations, bits / 8)
    if (derived.size >= MOST_DERIVED) derived.clear()
    derived.set(identity, fresh)
    fresh.catch(() => derived.delete(identity))
    return (await fresh).slice(0)
  },
}

function derive(
  hash: HashName,
  password: Uint8Array,
  salt: Uint8Array,
  iterations: number,
  length: number,
): Promise<ArrayBuffer> {
  return new Promise((resolve, reject) => {
    const operation = ticket<ArrayBuffer>((error, bytes) => {
      if (error === undefined) resolve(bytes)
      else reject(error)
    })
    host.pbkdf2(operation, hash, password, salt, iterations, length)
  })
}

export const webcrypto = {
  subtle,
  getRandomValues<T extends ArrayBufferView>(array: T): T {
    bytesOf(array).set(new Uint8Array(host.randomBytes(array.byteLength)))
    return array
  },
}
