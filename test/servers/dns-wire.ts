/** The server's side of the DNS wire format, written apart from the client's, so that each is a check of the other. */

export interface DnsQuery {
  readonly id: number
  readonly name: string
  readonly type: string
  readonly edns: boolean
  readonly over: 'udp' | 'tcp'
}

export interface DnsReply {
  readonly rcode?: number
  readonly truncated?: boolean
  /** Sent so many milliseconds later. */
  readonly delayMs?: number
  /** As in a zone file, without TTL and class: `db.example A 127.0.0.1`, `db MX 10 mail.example`, `db TXT "a" "b"`. */
  readonly answers?: readonly string[]
  /** What is wrong with the reply: another id, another question, no question, not a response. */
  readonly spoil?: 'id' | 'question' | 'no question' | 'no response'
}

const TYPES: Readonly<Record<string, number>> = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  PTR: 12,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  SRV: 33,
}

const NAMES_ONLY: ReadonlySet<string> = new Set(['NS', 'CNAME', 'PTR'])

/** Reads a query with one plain name. */
export function readQuery(bytes: Buffer, over: 'udp' | 'tcp'): DnsQuery {
  const labels: string[] = []
  let at = 12
  for (let size = bytes.readUInt8(at); size > 0; size = bytes.readUInt8(at)) {
    labels.push(bytes.toString('latin1', at + 1, at + 1 + size))
    at += 1 + size
  }
  const number = bytes.readUInt16BE(at + 1)
  const type = Object.keys(TYPES).find((name) => TYPES[name] === number) ?? String(number)
  return { id: bytes.readUInt16BE(0), name: labels.join('.'), type, edns: bytes.readUInt16BE(10) > 0, over }
}

/** Writes a reply; names that were written before are compressed. */
export function writeReply(query: DnsQuery, reply: DnsReply): Buffer {
  const writer = new Writer()
  const answers = reply.answers ?? []
  const { spoil } = reply
  writer.u16(spoil === 'id' ? query.id ^ 1 : query.id)
  writer.u16((spoil === 'no response' ? 0 : 0x8180) | (reply.truncated ? 0x200 : 0) | (reply.rcode ?? 0))
  for (const count of [spoil === 'no question' ? 0 : 1, answers.length, 0, 0]) writer.u16(count)
  if (spoil !== 'no question') {
    writer.name(spoil === 'question' ? `other.${query.name}` : query.name)
    writer.u16(TYPES[query.type] ?? Number(query.type))
    writer.u16(1)
  }
  for (const answer of answers) writeRecord(writer, answer)
  return writer.bytes()
}

function writeRecord(writer: Writer, line: string): void {
  const [name = '', type = '', ...values] = line.match(/"[^"]*"|\S+/g) ?? []
  writer.name(name)
  writer.u16(TYPES[type] ?? Number(type))
  writer.u16(1)
  writer.u32(30)
  writer.sized(() => writeData(writer, type, values))
}

function writeData(writer: Writer, type: string, values: readonly string[]): void {
  const [first = '', second = '', third = '', fourth = ''] = values
  if (type === 'A') writer.raw(Buffer.from(first.split('.').map(Number)))
  else if (type === 'AAAA') writer.raw(Buffer.from(expand(first), 'hex'))
  else if (type === 'TXT') {
    for (const quoted of values) writer.string(quoted.replace(/^"|"$/g, ''))
  } else if (NAMES_ONLY.has(type)) writer.name(first)
  else if (type === 'MX') {
    writer.u16(Number(first))
    writer.name(second)
  } else if (type === 'SRV') {
    for (const number of [first, second, third]) writer.u16(Number(number))
    writer.name(fourth)
  } else if (type === 'SOA') {
    writer.name(first)
    writer.name(second)
    for (const number of values.slice(2)) writer.u32(Number(number))
  } else writer.raw(Buffer.from(first, 'hex'))
}

/** The 32 hexadecimal digits of an IPv6 address. */
function expand(address: string): string {
  const [head = '', tail] = address.split('::')
  const digits = (part: string): string =>
    part
      .split(':')
      .filter(Boolean)
      .map((group) => group.padStart(4, '0'))
      .join('')
  if (tail === undefined) return digits(head)
  return digits(head) + digits(tail).padStart(32 - digits(head).length, '0')
}

class Writer {
  #bytes: number[] = []
  readonly #names = new Map<string, number>()

  u16(value: number): void {
    this.#bytes.push((value >> 8) & 0xff, value & 0xff)
  }

  u32(value: number): void {
    this.u16(Math.floor(value / 0x10000))
    this.u16(value % 0x10000)
  }

  raw(bytes: Buffer): void {
    this.#bytes.push(...bytes)
  }

  /** A text with one byte of length in front. */
  string(text: string): void {
    const bytes = Buffer.from(text)
    this.raw(Buffer.concat([Buffer.from([bytes.length]), bytes]))
  }

  name(text: string): void {
    const labels = text.split('.').filter(Boolean)
    for (let i = 0; i < labels.length; i += 1) {
      const rest = labels.slice(i).join('.')
      const known = this.#names.get(rest)
      if (known !== undefined) {
        this.u16(0xc000 | known)
        return
      }
      if (this.#bytes.length < 0x3fff) this.#names.set(rest, this.#bytes.length)
      this.string(labels[i] ?? '')
    }
    this.#bytes.push(0)
  }

  /** Writes something with its length in front. */
  sized(write: () => void): void {
    const at = this.#bytes.length
    this.u16(0)
    write()
    const size = this.#bytes.length - at - 2
    this.#bytes.splice(at, 2, size >> 8, size & 0xff)
  }

  bytes(): Buffer {
    return Buffer.from(this.#bytes)
  }
}
