/**
 * Freezes a program: runs it while building up to where it would look at the world, and puts its memory into the
 * executable as a segment that the kernel maps. The layout is that of ../host/src/image.rs.
 */
import { spawnSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { withChunks, writeExecutable } from './binary.ts'
import { buildId, withSegment } from './elf.ts'

/** Where the arena begins, on every architecture: behind the host, below the C library's heap. */
export const BASE = 0x0100_0000
export const PAGE = 4096
export const HEADER = 128

const TO_FREEZE = 0
/** More than any program needs; it is only mapped. */
const MOST_MEMORY = 1024 * 1024 * 1024

/** Where a block shall lie. */
export interface Place {
  /** Which it is, in the order of making. */
  readonly number: number
  /** Where its header goes, from the arena's beginning. */
  readonly offset: number
  /** With its header. */
  readonly length: number
}

export interface Plan {
  readonly places: readonly Place[]
  /** How much room they take. */
  readonly bytes: number
  /** How much of it most runs write to. */
  readonly hot: number
}

export const UNPLANNED: Plan = { places: [], bytes: 0, hot: 0 }

export interface Machine {
  /** What runs the host, when this machine cannot. */
  readonly emulator?: string
  /** The largest page of a kernel for this architecture. */
  readonly align: number
}

/** The command line that runs a program for this machine. */
export function commandLine(
  { emulator }: Machine,
  program: string,
  args: readonly string[] = [],
): [command: string, ...args: string[]] {
  return emulator === undefined ? [program, ...args] : [emulator, program, ...args]
}

/** Why a program could not be frozen: what it did, and where. */
export class NotFrozen extends Error {}

/**
 * The image of the program whose chunks these are. With `spread` each block has pages of its own, and the image is one
 * to learn from.
 */
export function makeImage(
  host: Buffer,
  payload: Buffer,
  machine: Machine,
  plan: Plan,
  spread = false,
): Buffer {
  const order = orderFor(host, plan, spread)
  const segment = { address: BASE, content: order, memory: MOST_MEMORY, align: machine.align }
  const directory = mkdtempSync(join(tmpdir(), 'readywhen-freeze-'))
  try {
    const program = join(directory, 'program')
    writeExecutable(program, withChunks(withSegment(host, segment), payload))
    const [command, ...args] = commandLine(machine, program)
    const image = join(directory, 'image')
    const out = openSync(image, 'w')
    const { status, signal, stderr, error } = spawnSync(command, args, {
      cwd: directory,
      env: {},
      stdio: ['ignore', out, 'pipe'],
      encoding: 'utf8',
    })
    closeSync(out)
    if (error !== undefined) throw new NotFrozen(`${command}: ${error.message}`)
    if (status !== 0) throw new NotFrozen(`${stderr.trim()} (${signal ?? status})`)
    return readFileSync(image)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

/** The executable that starts from an image. Throws when the image was made by another host, whose addresses are in it. */
export function withImage(host: Buffer, image: Buffer, { align }: Machine): Buffer {
  if (!buildId(host).equals(image.subarray(8, 28))) throw new NotFrozen('the image belongs to another host')
  return withSegment(host, { address: BASE, content: image, memory: image.length, align })
}

/** What the host finds in the segment when it is to freeze. */
function orderFor(host: Buffer, { places, bytes, hot }: Plan, spread: boolean): Buffer {
  const header = Buffer.alloc(HEADER)
  header.write('frozen-1', 0)
  buildId(host).copy(header, 8)
  header.writeUInt32LE(TO_FREEZE, 28)
  header.writeBigUInt64LE(BigInt(MOST_MEMORY), 32)
  header.writeBigUInt64LE(BigInt(hot), 40)
  header.writeUInt32LE(places.length, 56)
  header.writeUInt32LE(bytes, 60)
  header.writeUInt32LE(spread ? 1 : 0, 64)
  header.writeUInt32LE(checksum(header.subarray(0, 72)), 72)
  const plan = places.flatMap(({ number, offset, length }) => [number, offset, length])
  return Buffer.concat([header, Buffer.from(Uint32Array.from(plan).buffer)])
}

/** As `checksum` in ../host/src/payload.rs. */
function checksum(bytes: Buffer): number {
  const mix = (sum: bigint, word: bigint): bigint => {
    const product = BigInt.asUintN(64, (sum ^ word) * 0x9e37_79b9_7f4a_7c15n)
    return BigInt.asUintN(64, (product << 29n) | (product >> 35n))
  }
  const whole = bytes.length - (bytes.length % 8)
  let sum = BigInt(bytes.length)
  for (let at = 0; at < whole; at += 8) sum = mix(sum, bytes.readBigUInt64LE(at))
  const rest = bytes.subarray(whole).reduce((all, byte) => (all << 8n) | BigInt(byte), 0n)
  sum = mix(sum, rest)
  return Number((sum ^ (sum >> 32n)) & 0xffff_ffffn)
}
