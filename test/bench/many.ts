import { startFault } from '../servers/faults.ts'
import type { Bench } from './measurements.ts'
import type { Reading } from './meter.ts'
import { summarize } from './statistics.ts'
import { type Cell, type Figure, formatMib, formatSummary } from './table.ts'

const TARGETS = 500
const RUNS = 7
const LIMIT_MS = 60_000

/** 500 targets that are all ready, in one process. */
export async function manyTargets({ contestants, meter }: Bench): Promise<Figure[]> {
  const server = await startFault('silent')
  const args = Array.from({ length: TARGETS }, (_, i) => `--tcp=127.0.0.1:${server.port}#name=t${i}`)
  const wall: Cell[] = []
  const peak: Cell[] = []
  for (const { command, takesMany } of contestants) {
    const skipped = { skipped: 'it takes one target' }
    const readings: Reading[] = []
    while (takesMany && readings.length < RUNS)
      readings.push(await meter.run([...command, ...args], LIMIT_MS))
    const failed = readings.find(({ exitCode }) => exitCode !== 0)
    const problem = failed === undefined ? undefined : { skipped: `ended with code ${failed.exitCode}` }
    wall.push(
      takesMany ? (problem ?? formatSummary(summarize(readings.map((each) => each.wallMs)))) : skipped,
    )
    const kib = Math.max(...readings.map(({ peakKib }) => peakKib ?? 0))
    peak.push(takesMany ? (problem ?? formatMib(kib)) : skipped)
  }
  await server.stop()
  return [
    { label: `${TARGETS} targets (ms)`, cells: wall },
    { label: `${TARGETS} targets, peak (MiB)`, cells: peak },
  ]
}
