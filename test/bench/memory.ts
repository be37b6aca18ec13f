import { setTimeout as sleep } from 'node:timers/promises'
import { start } from '../blackbox/readywhen.ts'
import { closedPort, startFault } from '../servers/faults.ts'
import { until } from '../servers/until.ts'
import { soakRefused } from '../soak/refused.ts'
import { type Sample, sample } from '../soak/sample.ts'
import type { Bench } from './measurements.ts'
import { median } from './statistics.ts'
import { type Cell, type Figure, formatMib, type Table } from './table.ts'

const RUNS = 5
/** After a port was found ready: what was only needed for that is given back by then. */
const SETTLING_MS = 500

const HELD: Readonly<Record<string, (one: Sample) => number>> = {
  'RssAnon MiB': ({ anonKib }) => anonKib,
  'RssFile MiB': ({ fileKib }) => fileKib,
  'peak MiB': ({ peakKib }) => peakKib,
}

/**
 * What a readywhen holds that has found one port ready and waits for another: RssAnon is its own, RssFile are pages of its
 * file, which the kernel may drop and which all that run on a node share.
 */
export async function memory({ contestants }: Bench): Promise<Figure[]> {
  const samples: (readonly Sample[] | undefined)[] = []
  for (const { command, takesMany } of contestants) {
    samples.push(takesMany ? await waiting(command) : undefined)
  }
  return Object.entries(HELD).map(([label, kib]) => ({
    label,
    cells: samples.map(
      (all): Cell =>
        all === undefined ? { skipped: 'it takes one target' } : formatMib(median(all.map(kib))),
    ),
  }))
}

async function waiting(command: readonly string[]): Promise<Sample[]> {
  const server = await startFault('silent')
  const refusing = await closedPort()
  const args = ['--timeout=0', `--tcp=127.0.0.1:${server.port}`, `--tcp=127.0.0.1:${refusing}`]
  const samples: Sample[] = []
  while (samples.length < RUNS) {
    const running = start(args, { command })
    await until(() => /^ready /m.test(running.stderr()), 'a port to be found ready')
    await sleep(SETTLING_MS)
    samples.push(sample(running.pid))
    running.kill('SIGTERM')
    await running.ended
  }
  await server.stop()
  return samples
}

/** What a readywhen holds while 120 targets refuse for so many minutes. */
export async function flat({ contestants }: Bench, minutes: number): Promise<Table[]> {
  const tables: Table[] = []
  for (const { name, command, native, takesMany } of contestants) {
    if (!takesMany || !native) continue
    const times: string[] = []
    const started = performance.now()
    const noteTime = (): void => {
      times.push(`${((performance.now() - started) / 1000).toFixed(0)} s`)
    }
    const { samples, cpuShare, problems } = await soakRefused(minutes * 60, noteTime, { command })
    const figures: Figure[] = Object.entries(HELD).map(([label, kib]) => ({
      label,
      cells: samples.map((one) => formatMib(kib(one))),
    }))
    const descriptors = {
      label: 'descriptors',
      cells: samples.map((one) => `${one.descriptors}`),
    }
    const summary = [`${(cpuShare * 100).toFixed(2)} % of a core`, ...problems].join('; ')
    tables.push({ title: `${name} (${summary})`, names: times, figures: [...figures, descriptors] })
  }
  return tables
}
