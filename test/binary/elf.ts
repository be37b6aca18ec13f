import { readFileSync } from 'node:fs'

/** Types of program headers (ELF-64 object file format, chapter "Program header table"). */
export const PT_DYNAMIC = 2
export const PT_INTERP = 3
export const PT_GNU_STACK = 0x6474e551
const PT_LOAD = 1
const PAGE = 4096
const PF_X = 1
const PF_W = 2

export interface Elf {
  readonly machine: 'x64' | 'arm64' | 'unknown'
  /** Of all that is loaded, in bytes, by whole pages. */
  readonly memory: number
  readonly segments: readonly {
    readonly type: number
    readonly executable: boolean
    readonly writable: boolean
  }[]
}

/** Reads the header of a 64-bit little-endian ELF file and its program headers. Throws when it is none. */
export function readElf(path: string): Elf {
  const bytes = readFileSync(path)
  if (bytes.toString('latin1', 0, 6) !== '\x7fELF\x02\x01') throw new Error(`${path} is no 64-bit ELF file`)
  const [table, size, count] = [
    Number(bytes.readBigUInt64LE(32)),
    bytes.readUInt16LE(54),
    bytes.readUInt16LE(56),
  ]
  const segments = Array.from({ length: count }, (_, index) => {
    const header = bytes.subarray(table + index * size)
    const flags = header.readUInt32LE(4)
    return {
      type: header.readUInt32LE(0),
      executable: (flags & PF_X) !== 0,
      writable: (flags & PF_W) !== 0,
      from: Number(header.readBigUInt64LE(16)),
      length: Number(header.readBigUInt64LE(40)),
    }
  })
  const pages = (from: number, length: number): number =>
    Math.ceil((from + length) / PAGE) - Math.floor(from / PAGE)
  const loaded = segments.filter(({ type }) => type === PT_LOAD)
  const memory = loaded.reduce((sum, { from, length }) => sum + pages(from, length), 0) * PAGE
  const machine = new Map<number, Elf['machine']>([
    [62, 'x64'],
    [183, 'arm64'],
  ]).get(bytes.readUInt16LE(18))
  return { machine: machine ?? 'unknown', memory, segments }
}
