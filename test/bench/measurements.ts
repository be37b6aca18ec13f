import { argumentsOf, type Contestant, type Task } from './contestants.ts'
import type { Meter, Reading } from './meter.ts'
import type { Services } from './services.ts'
import { type Cell, formatSummary, summarize } from './table.ts'

const LIMIT_MS = 30_000

/** What the parts work with. */
export interface Bench {
  readonly contestants: readonly Contestant[]
  readonly services: Services
  readonly meter: Meter
  /** Measured runs of each figure of time. */
  readonly runs: number
  /** The readings of a task, by contestant; taken once. */
  measure(task: Task): Promise<ReadonlyMap<Contestant, readonly Reading[] | string>>
}

/**
 * Runs a task with every contestant, in turns, so that a disturbance of the machine meets all of them. The first round
 * warms up and is not counted. Where there are no readings, there is the reason.
 */
export async function measureTask(
  task: Task,
  { contestants, services, meter, runs }: Omit<Bench, 'measure'>,
): Promise<ReadonlyMap<Contestant, readonly Reading[] | string>> {
  const readings = new Map<Contestant, Reading[] | string>()
  for (let round = 0; round <= runs; round += 1) {
    for (const contestant of rotated(contestants, round)) {
      const args = argumentsOf(contestant, task, services)
      const sofar = readings.get(contestant)
      if (args === undefined) readings.set(contestant, 'it has no such check, or no template for it')
      if (args === undefined || typeof sofar === 'string') continue
      const reading = await meter.run([...contestant.command, ...args], LIMIT_MS)
      if (reading.exitCode !== 0) {
        readings.set(contestant, `${contestant.name}, ${task}: ${ending(reading, LIMIT_MS)}`)
      } else if (round > 0) readings.set(contestant, [...(sofar ?? []), reading])
    }
  }
  return readings
}

/** One cell of each contestant for a task. */
export function cells(
  { contestants }: Bench,
  readings: ReadonlyMap<Contestant, readonly Reading[] | string>,
  figure: (reading: Reading) => number | undefined,
  format: (values: readonly number[]) => string = (values) => formatSummary(summarize(values)),
): Cell[] {
  return contestants.map((contestant) => {
    const all = readings.get(contestant)
    if (typeof all === 'string') return { skipped: all }
    const values = (all ?? []).map(figure).filter((value) => value !== undefined)
    return values.length > 0
      ? format(values)
      : { skipped: 'the meter has no such figure without a C compiler' }
  })
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
