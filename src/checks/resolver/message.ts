import { canonicalName, checkDnsName, DnsFormatError, encodeName } from './domain-name.ts'
import { type DnsRecord, RECORD_TYPES, type RecordType, readRecordData } from './record.ts'
import { WireReader } from './wire-reader.ts'

const CLASS_IN = 1
const TYPE_OPT = 41
const FLAG_RESPONSE = 0x8000
const FLAG_TRUNCATED = 0x0200
const FLAG_RECURSION_DESIRED = 0x0100

/** Fits every path without fragments (DNS flag day 2020). */
const EDNS_PAYLOAD = 1232

export const RCODE = {
  NOERROR: 0,
  FORMERR: 1,
  SERVFAIL: 2,
  NXDOMAIN: 3,
  NOTIMP: 4,
  REFUSED: 5,
  BADVERS: 16,
} as const

/** What is asked: a name in the form of `canonicalName` and a type; the class is always IN. */
export interface Question {
  readonly name: string
  readonly type: RecordType
}

/** What matters of a server's message. */
export interface Message {
  readonly id: number
  readonly isResponse: boolean
  /** It did not fit; `answers` is empty then, ask again over TCP. */
  readonly truncated: boolean
  /** With the upper bits of an OPT record. */
  readonly rcode: number
  /** Absent where a server that did not understand the question does not repeat it. */
  readonly question: { readonly name: string; readonly type: number } | undefined
  readonly answers: readonly DnsRecord[]
}

/** Encodes a recursive query (RFC 1035, 4.1), with EDNS(0) and the payload size all agree on (RFC 6891) if wanted. */
export function encodeQuery(id: number, question: Question, edns: boolean): Buffer {
  const header = words(id, FLAG_RECURSION_DESIRED, 1, 0, 0, edns ? 1 : 0)
  const asked = [encodeName(question.name), words(RECORD_TYPES[question.type], CLASS_IN)]
  const opt = edns ? [Buffer.from([0]), words(TYPE_OPT, EDNS_PAYLOAD, 0, 0, 0)] : []
  return Buffer.concat([header, ...asked, ...opt])
}

function words(...values: readonly number[]): Buffer {
  return Buffer.from(values.flatMap((value) => [value >> 8, value & 0xff]))
}

/** Decodes a message of a server; throws `DnsFormatError`, and nothing else, for bytes that are none. */
export function decodeMessage(bytes: Uint8Array): Message {
  const reader = new WireReader(bytes)
  const id = reader.u16()
  const flags = reader.u16()
  const [questions, answers, authorities, additionals] = [
    reader.u16(),
    reader.u16(),
    reader.u16(),
    reader.u16(),
  ]
  const truncated = (flags & FLAG_TRUNCATED) !== 0
  let question: Message['question']
  for (let i = 0; i < questions; i += 1) {
    const asked = { name: reader.name(), type: reader.u16() }
    reader.u16()
    question ??= asked
  }
  const records: DnsRecord[] = []
  let rcode = flags & 0xf
  const others = answers + authorities + additionals
  // The records of a truncated message may be cut anywhere, and are not of use.
  for (let i = 0; i < others && !truncated; i += 1) {
    const { record, extendedRcode } = readRecord(reader)
    rcode |= extendedRcode << 4
    if (record !== undefined && i < answers) records.push(record)
  }
  return { id, isResponse: (flags & FLAG_RESPONSE) !== 0, truncated, rcode, question, answers: records }
}

function readRecord(reader: WireReader): { record: DnsRecord | undefined; extendedRcode: number } {
  const name = reader.name()
  const type = reader.u16()
  const dnsClass = reader.u16()
  const ttl = reader.u32()
  const size = reader.u16()
  const end = reader.offset + size
  if (type === TYPE_OPT || dnsClass !== CLASS_IN) {
    reader.bytes(size)
    return { record: undefined, extendedRcode: type === TYPE_OPT ? ttl >>> 24 : 0 }
  }
  const data = readRecordData(type, reader, end)
  if (data === undefined) reader.bytes(size)
  if (reader.offset !== end) throw new DnsFormatError('a record whose length is wrong')
  return { record: data && { name, ttl, ...data }, extendedRcode: 0 }
}

/** Whether a message answers this question of ours; some servers leave it out when they complain about its form. */
export function answersQuestion(message: Message, id: number, question: Question): boolean {
  if (!message.isResponse || message.id !== id) return false
  if (message.question === undefined)
    return message.rcode !== RCODE.NOERROR && message.rcode !== RCODE.NXDOMAIN
  return message.question.name === question.name && message.question.type === RECORD_TYPES[question.type]
}

/** The records that answer a question, through its chain of aliases (RFC 1034, 3.6.2). */
export function recordsFor(message: Message, question: Question): readonly DnsRecord[] {
  let { name } = question
  for (let aliases = 0; aliases <= message.answers.length; aliases += 1) {
    const own = message.answers.filter((record) => record.name === name)
    const wanted = own.filter((record) => record.type === question.type)
    if (wanted.length > 0) return wanted
    const alias = own.find((record) => record.type === 'CNAME')
    if (alias?.type !== 'CNAME') return []
    name = alias.target
  }
  return []
}

/** Makes a question of a name as people write it; throws `DnsFormatError`. */
export function questionFor(name: string, type: RecordType): Question {
  checkDnsName(name)
  return { name: canonicalName(name), type }
}
