/**
 * `npm run bench [-- part…]`: what readywhen costs, beside a program that does nothing and beside rivals. Prints tables
 * and judges nothing: figures of time mean something on a quiet machine only, so it also says how busy this one was.
 */
import { cpus, loadavg, totalmem } from 'node:os'
import process from 'node:process'
import { makeTempDir } from '../servers/temp.ts'
import { addedWait } from './added-wait.ts'
import { underLimits } from './constrained.ts'
import { findContestants, TASKS, type Task } from './contestants.ts'
import { instructions } from './instructions.ts'
import { manyTargets } from './many.ts'
import { type Bench, cells, measureTask } from './measurements.ts'
import { makeMeter, type Reading } from './meter.ts'
import { startServices } from './services.ts'
import { images, sizes } from './sizes.ts'
import { formatTable, type Row } from './table.ts'

const RUNS = Number(process.env['RUNS'] ?? 20)
const CHECKS = TASKS.filter((task) => task !== 'start')

interface Part {
  readonly title: string
  rows(bench: Bench): Row[] | Promise<Row[]>
}

const PARTS: Readonly<Record<string, Part>> = {
  size: { title: 'Size of the program', rows: sizes },
  image: { title: 'Size of the image', rows: images },
  start: {
    title: 'Start to exit, ms: median / least / spread (interquartile range)',
    rows: (bench) => timed(bench, ['start'], 'wall', wall),
  },
  checks: {
    title: 'One check of a ready target, start to exit, ms: median / least / spread',
    rows: (bench) => timed(bench, CHECKS, 'wall', wall),
  },
  cpu: {
    title: 'CPU time of the same runs, ms: median / least / spread',
    rows: (bench) => timed(bench, TASKS, 'cpu', ({ cpuMs }) => cpuMs),
  },
  memory: { title: 'Peak of the resident set in the same runs, MiB', rows: memory },
  instructions: { title: 'Instructions (callgrind)', rows: instructions },
  limits: { title: 'Start to exit under cpu: 10m, memory: 16Mi: median / least / spread', rows: underLimits },
  many: { title: 'Many targets', rows: manyTargets },
  wait: { title: 'What is added to a wait', rows: addedWait },
}

const wall = ({ wallMs }: Reading): number => wallMs

async function timed(
  bench: Bench,
  tasks: readonly Task[],
  label: string,
  figure: (reading: Reading) => number | undefined,
): Promise<Row[]> {
  const rows: Row[] = []
  for (const task of tasks) {
    rows.push({ label: `${task}, ${label}`, cells: cells(bench, await bench.measure(task), figure) })
  }
  return rows
}

async function memory(bench: Bench): Promise<Row[]> {
  const rows: Row[] = []
  const highest = (kib: readonly number[]): string => (Math.max(...kib) / 1024).toFixed(1)
  for (const task of TASKS) {
    const readings = await bench.measure(task)
    rows.push({ label: task, cells: cells(bench, readings, ({ peakKib }) => peakKib, highest) })
  }
  return rows
}

function chosenParts(): [string, Part][] {
  const wanted = process.argv.slice(2)
  const unknown = wanted.filter((name) => !Object.hasOwn(PARTS, name))
  if (unknown.length > 0) {
    console.error(`there is no part ${unknown.join(', ')}: ${Object.keys(PARTS).join(' ')}`)
    process.exit(2)
  }
  return Object.entries(PARTS).filter(([name]) => wanted.length === 0 || wanted.includes(name))
}

const parts = chosenParts()
const workshop = makeTempDir('bench')
const { contestants, missing } = findContestants(workshop)
const meter = makeMeter(workshop)
const { services, stop } = await startServices()
const known = new Map<Task, ReturnType<Bench['measure']>>()
const basis = { contestants, services, meter, runs: RUNS }
const bench: Bench = {
  ...basis,
  measure(task) {
    const readings = known.get(task) ?? measureTask(task, basis)
    known.set(task, readings)
    return readings
  },
}
const load = (): string => loadavg()[0]?.toFixed(1) ?? '?'
console.log(
  `${cpus().length} CPUs (${cpus()[0]?.model}), ${(totalmem() / 2 ** 30).toFixed(0)} GiB, load ${load()}; ${RUNS} runs a figure`,
)
for (const reason of missing) console.log(`missing: ${reason}`)
if (meter.lacks !== undefined) console.log(`no CPU time and no memory: ${meter.lacks}`)
try {
  for (const [, part] of parts) {
    console.log(`\n${part.title}`)
    const rows = await part.rows(bench)
    console.log(
      formatTable(
        contestants.map(({ name }) => name),
        rows,
      ),
    )
  }
} finally {
  await stop()
}
console.log(`\nload at the end ${load()}`)
