import { formatIPv6 } from './address.ts'
import type { WireReader } from './wire-reader.ts'

/** The record types that can be asked for, with their numbers (RFC 1035, 3.2.2; RFC 3596; RFC 2782). */
export const RECORD_TYPES = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  PTR: 12,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  SRV: 33,
} as const

export type RecordType = keyof typeof RECORD_TYPES

/** What a record says; `name` is whose it is. Names are in the form of `canonicalName`, TXT strings are joined. */
export type DnsRecord = { readonly name: string; readonly ttl: number } & RecordData

export type RecordData =
  | { readonly type: 'A' | 'AAAA'; readonly address: string }
  | { readonly type: 'NS' | 'CNAME' | 'PTR'; readonly target: string }
  | { readonly type: 'MX'; readonly preference: number; readonly exchange: string }
  | {
      readonly type: 'SRV'
      readonly priority: number
      readonly weight: number
      readonly port: number
      readonly target: string
    }
  | { readonly type: 'TXT'; readonly text: string }
  | { readonly type: 'SOA'; readonly primary: string; readonly mailbox: string; readonly serial: number }

/** Reads the data of a record that ends at `end`; gives nothing for a type we do not know. */
export function readRecordData(type: number, reader: WireReader, end: number): RecordData | undefined {
  switch (type) {
    case RECORD_TYPES.A:
      return { type: 'A', address: reader.bytes(4).join('.') }
    case RECORD_TYPES.AAAA:
      return { type: 'AAAA', address: formatIPv6(reader.bytes(16)) }
    case RECORD_TYPES.NS:
      return { type: 'NS', target: reader.name() }
    case RECORD_TYPES.CNAME:
      return { type: 'CNAME', target: reader.name() }
    case RECORD_TYPES.PTR:
      return { type: 'PTR', target: reader.name() }
    case RECORD_TYPES.MX:
      return { type: 'MX', preference: reader.u16(), exchange: reader.name() }
    case RECORD_TYPES.SRV:
      return {
        type: 'SRV',
        priority: reader.u16(),
        weight: reader.u16(),
        port: reader.u16(),
        target: reader.name(),
      }
    case RECORD_TYPES.TXT:
      return { type: 'TXT', text: readStrings(reader, end) }
    case RECORD_TYPES.SOA: {
      const soa = {
        type: 'SOA',
        primary: reader.name(),
        mailbox: reader.name(),
        serial: reader.u32(),
      } as const
      reader.bytes(16)
      return soa
    }
    default:
      return undefined
  }
}

function readStrings(reader: WireReader, end: number): string {
  const strings: Uint8Array[] = []
  while (reader.offset < end) strings.push(reader.bytes(reader.u8()))
  return Buffer.concat(strings).toString()
}

/** Says what a record holds, as zone files do: `10 100 5432 db-0.db.prod.svc.cluster.local`. */
export function formatRecord(record: RecordData): string {
  switch (record.type) {
    case 'A':
    case 'AAAA':
      return record.address
    case 'NS':
    case 'CNAME':
    case 'PTR':
      return record.target
    case 'MX':
      return `${record.preference} ${record.exchange}`
    case 'SRV':
      return `${record.priority} ${record.weight} ${record.port} ${record.target}`
    case 'TXT':
      return record.text
    case 'SOA':
      return `${record.primary} ${record.mailbox} ${record.serial}`
  }
}
