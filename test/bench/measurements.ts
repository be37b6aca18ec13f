import { makeTempDir, removeTempDir } from '../servers/temp.ts'
import { argumentsOf, type Contestant, type Task } from './contestants.ts'
import { freshCopies } from './copies.ts'
import type { Meter, Reading } from './meter.ts'
import type { Services } from './services.ts'

const LIMIT_MS = 30_000

/** What the parts work with. */
export interface Bench {
  readonly contestants: readonly Contestant[]
  /** The one that does nothing: what the others are compared with. */
  readonly nothing: Contestant | undefined
  readonly services: Services
  readonly meter: Meter
  /** Each with copies of its own of the programs. */
  readonly rounds: number
  /** Measured runs of each figure of time in a round. */
  readonly runs: number
}

export interface Readings {
  readonly rounds: readonly (readonly Reading[])[]
  /** Why there are no more. */
  readonly problem: string | undefined
}

/**
 * Runs a task with every contestant that can do it, in turns, so that a disturbance of the machine meets all of them.
 * The first turn of a round warms up and is not counted.
 */
export async function measureTask(task: Task, bench: Bench): Promise<ReadonlyMap<Contestant, Readings>> {
  const able = bench.contestants.filter((each) => argumentsOf(each, task, bench.services) !== undefined)
  const readings = new Map(
    able.map((each): [Contestant, Readings] => [each, { rounds: [], problem: undefined }]),
  )
  for (let round = 0; round < bench.rounds; round += 1) {
    const directory = makeTempDir('bench-round')
    for (const [contestant, taken] of await measureRound(task, bench, able, directory)) {
      const before = readings.get(contestant)
      readings.set(contestant, {
        rounds: [...(before?.rounds ?? []), taken.readings],
        problem: before?.problem ?? taken.problem,
      })
    }
    removeTempDir(directory)
  }
  return readings
}

interface Round {
  readonly readings: Reading[]
  problem: string | undefined
}

async function measureRound(
  task: Task,
  { nothing, services, meter, runs }: Bench,
  able: readonly Contestant[],
  directory: string,
): Promise<ReadonlyMap<Contestant, Round>> {
  const everybody = new Set(nothing === undefined ? able : [...able, nothing])
  const copies = freshCopies([...everybody], directory)
  const basis = nothing === undefined ? undefined : copies.get(nothing)?.command[0]
  const taken = new Map(able.map((each): [Contestant, Round] => [each, { readings: [], problem: undefined }]))
  for (let run = 0; run <= runs; run += 1) {
    for (const [contestant, round] of rotated([...taken], run)) {
      if (round.problem !== undefined) continue
      const command = copies.get(contestant)?.command ?? contestant.command
      const args = argumentsOf(contestant, task, services) ?? []
      const reading = await meter.run([...command, ...args], LIMIT_MS, { nothing: basis })
      if (reading.exitCode !== 0) round.problem = `${contestant.name}, ${task}: ${ending(reading, LIMIT_MS)}`
      else if (run > 0) round.readings.push(reading)
    }
  }
  return taken
}

/** How a run ended that did not end well, in words. */
export function ending({ exitCode }: Reading, limitMs: number): string {
  if (exitCode === undefined) return `not ready in ${limitMs / 1000} s`
  return exitCode === 137 ? 'killed (out of memory)' : `ended with code ${exitCode}`
}

function rotated<T>(all: readonly T[], by: number): T[] {
  const first = by % Math.max(1, all.length)
  return [...all.slice(first), ...all.slice(0, first)]
}
