/**
 * Learns where the blocks of a frozen program should lie. A page that is written to costs a start ten times what one costs
 * that is only read, and those are mapped sixteen at a time: so what most runs write to is put together, and what they
 * read. The program is frozen once with each block on a page of its own, and its usual command lines are run on that: the
 * pages that they use say which blocks those are.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeExecutable } from './binary.ts'
import {
  commandLine,
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

/** In front of each block (../host/src/arena/blocks.rs). */
const BLOCK_HEADER = 8

/** A run takes milliseconds, under an emulator a second; one that takes longer has gone wrong. */
const LONGEST_MS = 20_000

/** What the host says of a page (../host/src/training.rs). */
const [READ, WRITTEN] = [1, 2]

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

/** Runs a command line; gives a byte for each page of the image. */
function run(program: string, args: readonly string[], machine: Machine): Promise<Buffer> {
  const [command, ...all] = commandLine(machine, program, args)
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

/** Puts blocks together that the same runs write to, first those that most of them do; then those that are only read. */
function planOf(blocks: readonly Block[], runs: readonly Buffer[]): Plan {
  const used = blocks.flatMap((block) => {
    const pages = Math.ceil((block.length - BLOCK_HEADER) / PAGE)
    // of a large block that is used here and there the rest would take room among what is
    const usedBy = (how: number): string =>
      runs
        .map((run) => {
          const those = run.subarray(block.page, block.page + pages).filter((use) => use >= how)
          return 2 * those.length >= pages ? 'x' : '-'
        })
        .join('')
    const [written, read] = [usedBy(WRITTEN), usedBy(READ)]
    const [by, isWritten] = written.includes('x') ? [written, true] : [read, false]
    const times = by.replaceAll('-', '').length
    return times > 0 ? [{ ...block, times, by, isWritten }] : []
  })
  used.sort(
    (a, b) =>
      Number(b.isWritten) - Number(a.isWritten) ||
      b.times - a.times ||
      (a.by < b.by ? 1 : a.by > b.by ? -1 : a.number - b.number),
  )
  let [bytes, hot] = [BLOCK_HEADER, 0]
  const places: Place[] = used.map(({ number, length, times, isWritten }) => {
    const place = { number, offset: bytes, length }
    bytes += length
    if (isWritten && 2 * times > runs.length) hot = bytes
    return place
  })
  return { places: places.toSorted((a, b) => a.number - b.number), bytes, hot }
}
