import { DnsFormatError, formatLabels } from './domain-name.ts'

const LONGEST_NAME = 255
/** As many as a name can have labels; more only cost time. */
const MOST_POINTERS = 127

/** Reads the fields of a DNS message one after the other; throws `DnsFormatError` when there is no more. */
export class WireReader {
  readonly #message: Uint8Array
  offset = 0

  constructor(message: Uint8Array) {
    this.#message = message
  }

  u8(): number {
    const byte = this.#message[this.offset]
    if (byte === undefined) throw new DnsFormatError('a message that ends too early')
    this.offset += 1
    return byte
  }

  u16(): number {
    return this.u8() * 0x100 + this.u8()
  }

  u32(): number {
    return this.u16() * 0x10000 + this.u16()
  }

  bytes(count: number): Uint8Array {
    const end = this.offset + count
    if (end > this.#message.length) throw new DnsFormatError('a message that ends too early')
    const bytes = this.#message.subarray(this.offset, end)
    this.offset = end
    return bytes
  }

  /**
   * Reads a name, compressed or not (RFC 1035, 4.1.4), in the form of `canonicalName`. A pointer must point to before
   * all that was read of the name so far, so that reading ends whatever the bytes are.
   */
  name(): string {
    const labels: Uint8Array[] = []
    let length = 1
    let earliest = this.offset
    let pointers = 0
    let after: number | undefined
    for (;;) {
      const size = this.u8()
      if (size === 0) break
      if (size >= 0xc0) {
        const target = (size & 0x3f) * 0x100 + this.u8()
        after ??= this.offset
        pointers += 1
        if (target >= earliest || pointers > MOST_POINTERS)
          throw new DnsFormatError('a compression pointer that leads nowhere')
        earliest = target
        this.offset = target
        continue
      }
      if (size > 0x3f) throw new DnsFormatError('a label of an unknown sort')
      length += size + 1
      if (length > LONGEST_NAME) throw new DnsFormatError('a name longer than 255 bytes')
      labels.push(this.bytes(size))
    }
    this.offset = after ?? this.offset
    return formatLabels(labels).toLowerCase()
  }
}
