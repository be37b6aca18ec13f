/** What the packer reads and changes in an executable: ELF, 64 bits, little-endian (elf(5)). */

const PT_LOAD = 1
const PT_NOTE = 4
/** What a static executable at a fixed address that does not unwind has no use for. */
const UNUSED: readonly number[] = [/* PT_PHDR */ 6, /* PT_GNU_EH_FRAME */ 0x6474e550]
const READ_AND_WRITE = 6
/** `NT_GNU_BUILD_ID` */
const BUILD_ID = 3

/** Where an executable says how it is to be mapped. */
interface Table {
  readonly at: number
  readonly size: number
  readonly count: number
}

function tableOf(file: Buffer): Table {
  return { at: Number(file.readBigUInt64LE(32)), size: file.readUInt16LE(54), count: file.readUInt16LE(56) }
}

function headersOf(file: Buffer): Buffer[] {
  const { at, size, count } = tableOf(file)
  return Array.from({ length: count }, (_, index) =>
    file.subarray(at + index * size, at + (index + 1) * size),
  )
}

const typeOf = (header: Buffer): number => header.readUInt32LE(0)

/** The linker's checksum of an executable, which tells it from all others. */
export function buildId(file: Buffer): Buffer {
  for (const header of headersOf(file).filter((header) => typeOf(header) === PT_NOTE)) {
    let at = Number(header.readBigUInt64LE(8))
    const end = at + Number(header.readBigUInt64LE(32))
    while (at + 12 <= end) {
      const [name, length] = [file.readUInt32LE(at), file.readUInt32LE(at + 4)]
      const content = at + 12 + roundUp(name, 4)
      if (file.readUInt32LE(at + 8) === BUILD_ID) return file.subarray(content, content + length)
      at = content + roundUp(length, 4)
    }
  }
  throw new Error('the host has no build id: it was linked without --build-id=sha1')
}

export interface Segment {
  readonly address: number
  readonly content: Buffer
  /** How much memory it takes, zeros behind its content. */
  readonly memory: number
  /** The largest page of a kernel that shall run it. */
  readonly align: number
}

/** An executable with one more segment behind the others, to read and to write, whose entry takes the place of another. */
export function withSegment(file: Buffer, segment: Segment): Buffer {
  const headers = headersOf(file)
  const loaded = headers.filter((header) => typeOf(header) === PT_LOAD)
  const end = Math.max(
    ...loaded.map((header) => Number(header.readBigUInt64LE(16) + header.readBigUInt64LE(40))),
  )
  if (end > segment.address) throw new Error(`the host reaches up to ${end}, into the frozen program`)
  const unused = headers.find((header) => UNUSED.includes(typeOf(header)))
  if (unused === undefined) throw new Error('the host has no program header to spare')
  const rest = headers.filter((header) => header !== unused && typeOf(header) !== PT_LOAD)

  const offset = roundUp(file.length, segment.align)
  const entry = Buffer.alloc(tableOf(file).size)
  entry.writeUInt32LE(PT_LOAD, 0)
  entry.writeUInt32LE(READ_AND_WRITE, 4)
  const fields = [
    offset,
    segment.address,
    segment.address,
    segment.content.length,
    segment.memory,
    segment.align,
  ]
  for (const [index, field] of fields.entries()) entry.writeBigUInt64LE(BigInt(field), 8 + index * 8)

  const out = Buffer.concat([file, Buffer.alloc(offset - file.length), segment.content])
  // the kernel wants the loaded ones in the order of their addresses
  Buffer.concat([...loaded, entry, ...rest]).copy(out, tableOf(file).at)
  return out
}

export function roundUp(number: number, step: number): number {
  return Math.ceil(number / step) * step
}
