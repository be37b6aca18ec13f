import { makeLimits } from './cgroup.ts'
import { argumentsOf, type Contestant, type Task } from './contestants.ts'
import { type Bench, ending } from './measurements.ts'
import type { Reading } from './meter.ts'
import { type Cell, formatSummary, type Row, summarize } from './table.ts'

const UNDER_LIMITS: readonly Task[] = ['start', 'tcp', 'postgres', 'postgres TLS']
const RUNS = 7
const LIMIT_MS = 20_000

/** Seconds from start to exit with everything ready, where a pod gives `cpu: 10m, memory: 16Mi`. */
export async function underLimits(bench: Bench): Promise<Row[]> {
  const rows: Row[] = []
  for (const task of UNDER_LIMITS) {
    const cells: Cell[] = []
    for (const contestant of bench.contestants) cells.push(await limited(contestant, task, bench))
    rows.push({ label: `10m/16Mi, ${task} (s)`, cells })
  }
  return rows
}

async function limited(contestant: Contestant, task: Task, { meter, services }: Bench): Promise<Cell> {
  const args = argumentsOf(contestant, task, services)
  if (args === undefined) return { skipped: 'it has no such check, or no template for it' }
  if (meter.lacks !== undefined) return { skipped: meter.lacks }
  const seconds: number[] = []
  while (seconds.length < RUNS) {
    const reading = await once([...contestant.command, ...args], meter.run)
    if (typeof reading === 'string') return { skipped: reading }
    if (reading.exitCode !== 0) return ending(reading, LIMIT_MS)
    seconds.push(reading.wallMs / 1000)
  }
  return formatSummary(summarize(seconds))
}

/** Each run has a group of its own: none inherits a period that another has used up. */
async function once(command: readonly string[], run: Bench['meter']['run']): Promise<Reading | string> {
  try {
    const limits = makeLimits()
    try {
      return await run(command, LIMIT_MS, limits.groups)
    } finally {
      limits.remove()
    }
  } catch (error) {
    return (error as Error).message
  }
}
