import { makeTempDir, removeTempDir } from '../servers/temp.ts'
import { makeLimits } from './cgroup.ts'
import { argumentsOf, type Contestant, type Task } from './contestants.ts'
import { freshCopies } from './copies.ts'
import { type Bench, ending } from './measurements.ts'
import type { Reading } from './meter.ts'
import { median, summarize } from './statistics.ts'
import { type Cell, formatLike, type Table } from './table.ts'

const UNDER_LIMITS: readonly Task[] = ['start', 'tcp', 'postgres', 'postgres TLS']
/** The phase of the quota in which a run begins makes single ones vary by a tenth of a second. */
const RUNS = 64
/** Copies are made anew after so many runs. */
const RUNS_A_COPY = 8
/** What takes long is not run as often: its own time is many periods, and their phase matters less. */
const BUDGET_MS = 15_000
const LIMIT_MS = 20_000
/** Less than what is recommended: who lives here has room to spare there. */
const NARROW_MIB = 12
const NARROW_RUNS = 5

const FIGURES: Readonly<Record<string, (taken: readonly number[]) => string>> = {
  ms: (taken) => formatLike(median(taken)),
  least: (taken) => formatLike(summarize(taken).min, median(taken)),
  spread: (taken) => formatLike(summarize(taken).spread, median(taken)),
  runs: (taken) => `${taken.length}`,
}

/** From start to exit with everything ready, where a pod gives `cpu: 10m, memory: 16Mi`; and who survives less memory. */
export async function underLimits(bench: Bench): Promise<Table[]> {
  const tables: Table[] = []
  for (const task of UNDER_LIMITS) {
    const able = bench.contestants.filter((each) => argumentsOf(each, task, bench.services) !== undefined)
    const taken = await inTurn(able, task, bench)
    const alive: Cell[] = []
    for (const contestant of able) alive.push(await survival(contestant, task, bench))
    const figures = Object.entries(FIGURES).map(([label, figure]) => ({
      label,
      cells: able.map((each): Cell => {
        const found = taken.get(each) ?? []
        return Array.isArray(found) ? figure(found) : { skipped: `${each.name}, ${task}: ${found}` }
      }),
    }))
    tables.push({
      title: `${task} within cpu 10m, memory 16Mi`,
      names: able.map(({ name }) => name),
      figures: [...figures, { label: `alive in ${NARROW_MIB}Mi`, cells: alive }],
    })
  }
  return tables
}

/** The times of each, or why there are none. */
async function inTurn(
  able: readonly Contestant[],
  task: Task,
  bench: Bench,
): Promise<ReadonlyMap<Contestant, number[] | string>> {
  const taken = new Map(able.map((each): [Contestant, number[] | string] => [each, []]))
  for (let done = 0; done < RUNS; done += RUNS_A_COPY) {
    const directory = makeTempDir('bench-limits')
    const copies = freshCopies(able, directory)
    for (let run = 0; run < RUNS_A_COPY; run += 1) {
      for (const [contestant, sofar] of taken) {
        if (typeof sofar === 'string' || sofar.reduce((sum, ms) => sum + ms, 0) > BUDGET_MS) continue
        const reading = await once(copies.get(contestant) ?? contestant, task, undefined, bench)
        if (typeof reading === 'string') taken.set(contestant, reading)
        else if (reading.exitCode !== 0) taken.set(contestant, ending(reading, LIMIT_MS))
        else sofar.push(reading.wallMs)
      }
    }
    removeTempDir(directory)
  }
  return taken
}

async function survival(contestant: Contestant, task: Task, bench: Bench): Promise<Cell> {
  let well = 0
  for (let run = 0; run < NARROW_RUNS; run += 1) {
    const reading = await once(contestant, task, NARROW_MIB, bench)
    if (typeof reading === 'string') return { skipped: reading }
    if (reading.exitCode === 0) well += 1
    else if (well === 0) return ending(reading, LIMIT_MS)
  }
  return `${well} of ${NARROW_RUNS}`
}

/** Each run has a group of its own: none inherits a period that another has used up. */
async function once(
  contestant: Contestant,
  task: Task,
  memoryMib: number | undefined,
  { meter, services }: Bench,
): Promise<Reading | string> {
  if (meter.lacks !== undefined) return meter.lacks
  const args = argumentsOf(contestant, task, services) ?? []
  try {
    const limits = makeLimits(memoryMib)
    try {
      return await meter.run([...contestant.command, ...args], LIMIT_MS, limits)
    } finally {
      limits.remove()
    }
  } catch (error) {
    return (error as Error).message
  }
}
