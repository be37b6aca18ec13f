import { makeLimits } from './cgroup.ts'
import { argumentsOf, type Contestant, type Task } from './contestants.ts'
import { type Bench, ending } from './measurements.ts'
import type { Reading } from './meter.ts'
import { summarize } from './statistics.ts'
import { type Cell, type Figure, formatSummary } from './table.ts'

const UNDER_LIMITS: readonly Task[] = ['start', 'tcp', 'postgres', 'postgres TLS']
/** The phase of the quota in which a run begins makes single ones vary by a tenth of a second. */
const RUNS = 31
/** What takes long is not run as often: its own time is many periods, and their phase matters less. */
const LEAST_RUNS = 7
const BUDGET_MS = 15_000
const LIMIT_MS = 20_000

const NARROW: readonly Task[] = ['tcp', 'postgres TLS']
const NARROW_MIB = 12
const NARROW_RUNS = 5

/** Milliseconds from start to exit with everything ready, where a pod gives `cpu: 10m, memory: 16Mi`; and who survives 12Mi. */
export async function underLimits(bench: Bench): Promise<Figure[]> {
  const figures: Figure[] = []
  const add = async (label: string, cell: (each: Contestant) => Promise<Cell>): Promise<void> => {
    const cells: Cell[] = []
    for (const contestant of bench.contestants) cells.push(await cell(contestant))
    figures.push({ label, cells })
  }
  for (const task of UNDER_LIMITS) {
    await add(`${task}, ms`, (contestant) => limited(contestant, task, bench))
  }
  for (const task of NARROW) {
    await add(`${task} in ${NARROW_MIB}Mi`, (contestant) => survival(contestant, task, bench))
  }
  return figures
}

async function limited(contestant: Contestant, task: Task, bench: Bench): Promise<Cell> {
  const taken: number[] = []
  const wanted = (): boolean =>
    taken.length < LEAST_RUNS ||
    (taken.length < RUNS && taken.reduce((sum, each) => sum + each, 0) < BUDGET_MS)
  while (wanted()) {
    const reading = await once(contestant, task, undefined, bench)
    if ('skipped' in reading) return reading
    if (reading.exitCode !== 0) return ending(reading, LIMIT_MS)
    taken.push(reading.wallMs)
  }
  return `${formatSummary(summarize(taken))} of ${taken.length}`
}

async function survival(contestant: Contestant, task: Task, bench: Bench): Promise<Cell> {
  let well = 0
  for (let run = 0; run < NARROW_RUNS; run += 1) {
    const reading = await once(contestant, task, NARROW_MIB, bench)
    if ('skipped' in reading) return reading
    if (reading.exitCode === 0) well += 1
    else if (reading.exitCode !== 137 || well === 0) return ending(reading, LIMIT_MS)
  }
  return `${well} of ${NARROW_RUNS} live`
}

/** Each run has a group of its own: none inherits a period that another has used up. */
async function once(
  contestant: Contestant,
  task: Task,
  memoryMib: number | undefined,
  { meter, services }: Bench,
): Promise<Reading | { readonly skipped: string }> {
  const args = argumentsOf(contestant, task, services)
  if (args === undefined) return { skipped: 'it has no such check, or no template for it' }
  if (meter.lacks !== undefined) return { skipped: meter.lacks }
  try {
    const limits = makeLimits(memoryMib)
    try {
      return await meter.run([...contestant.command, ...args], LIMIT_MS, limits)
    } finally {
      limits.remove()
    }
  } catch (error) {
    return { skipped: (error as Error).message }
  }
}
