/**
 * Learns where the blocks of a frozen program should lie. A page that is written to costs a start ten times what one costs
 * that is only read; so what most runs write to is put together. The program is frozen once with each block on a page of
 * its own, and its usual command lines are run on that: the pages that they write to say which blocks those are.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeExecutable } from './binary.ts'
import {
  HEADER,
  type Machine,
  makeImage,
  NotFrozen,
  PAGE,
  type Place,
  type Plan,
  UNPLANNED,
  withImage,
} from './freeze.ts'
import { startPartners } from './partners.ts'

/** In front of each block (../host/src/arena.rs). */
const BLOCK_HEADER = 8

/** A run takes milliseconds, under an emulator a second; one that takes longer has gone wrong. */
const LONGEST_MS = 20_000

interface Block {
  readonly number: number
  /** With its header. */
  readonly length: number
  /** Of a spread image. */
  readonly page: number
}

/** Freezes a program spread out, has it run, and plans where its blocks go. The same program has the same plan. */
export async function learn(host: Buffer, payload: Buffer, machine: Machine): Promise<Plan> {
  const image = makeImage(host, payload, machine, UNPLANNED, true)
  const directory = mkdtempSync(join(tmpdir(), 'readywhen-training-'))
  const partners = await startPartners()
  try {
    const program = join(directory, 'program')
    writeExecutable(program, withImage(host, image, machine))
    const runs: Buffer[] = []
    for (const args of partners.commandLines) runs.push(await run(program, args, machine))
    return planOf(blocksOf(image), runs)
  } finally {
    await partners.stop()
    rmSync(directory, { recursive: true, force: true })
  }
}

/** Runs a command line; gives a byte for each page of the image: 1 when it was written to. */
function run(program: string, args: readonly string[], { emulator }: Machine): Promise<Buffer> {
  const [command = program, ...all] = [...(emulator === undefined ? [] : [emulator]), program, ...args]
  return new Promise((resolve, reject) => {
    const child = spawn(command, all, {
      env: {},
      stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
      timeout: LONGEST_MS,
    })
    const [written, said]: [Buffer[], Buffer[]] = [[], []]
    child.stdio[3]?.on('data', (data: Buffer) => written.push(data))
    child.stderr?.on('data', (data: Buffer) => said.push(data))
    child.once('error', reject)
    child.once('close', (code) => {
      if (code === 0) resolve(Buffer.concat(written))
      else reject(new NotFrozen(`${args.join(' ')}: ${code} ${Buffer.concat(said)}`))
    })
  })
}

/** The blocks of a spread image: each begins a page, and its header ends the page before. */
function blocksOf(image: Buffer): Block[] {
  const blocks: Block[] = []
  let at = HEADER + BLOCK_HEADER
  for (;;) {
    const start = Math.ceil((at + BLOCK_HEADER) / PAGE) * PAGE
    if (start + BLOCK_HEADER > image.length) return blocks
    const length = image.readUInt32LE(start - BLOCK_HEADER)
    if (length === 0) return blocks
    blocks.push({ number: image.readUInt32LE(start - BLOCK_HEADER + 4), length, page: start / PAGE })
    at = start - BLOCK_HEADER + length
  }
}

/** Puts blocks together that the same runs write to, first those that most of them do. */
function planOf(blocks: readonly Block[], runs: readonly Buffer[]): Plan {
  const written = blocks.flatMap((block) => {
    const pages = Math.ceil((block.length - BLOCK_HEADER) / PAGE)
    // of a large block that is written to here and there the rest would take room among what is
    const by = runs.map((run) => 2 * countOnes(run.subarray(block.page, block.page + pages)) >= pages)
    const times = by.filter(Boolean).length
    return times > 0 ? [{ ...block, times, by: by.map(Number).join('') }] : []
  })
  written.sort((a, b) => b.times - a.times || (a.by < b.by ? 1 : a.by > b.by ? -1 : a.number - b.number))
  let [bytes, hot] = [BLOCK_HEADER, 0]
  const places: Place[] = written.map(({ number, length, times }) => {
    const place = { number, offset: bytes }
    bytes += length
    if (2 * times > runs.length) hot = bytes
    return place
  })
  return { places: places.toSorted((a, b) => a.number - b.number), bytes, hot }
}

function countOnes(bytes: Buffer): number {
  return bytes.reduce((count, byte) => count + byte, 0)
}
