/**
 * `npm run bench [-- part…]`: what readywhen costs, beside a program that does nothing and beside rivals. Prints tables
 * and judges nothing: figures of time mean something on a quiet machine only, so it also says how busy this one was.
 */
import { cpus, loadavg, totalmem } from 'node:os'
import process from 'node:process'
import { makeTempDir } from '../servers/temp.ts'
import { addedWait } from './added-wait.ts'
import { underLimits } from './constrained.ts'
import { findContestants, TASKS } from './contestants.ts'
import { instructions } from './instructions.ts'
import { manyTargets } from './many.ts'
import type { Bench } from './measurements.ts'
import { flat, memory } from './memory.ts'
import { makeMeter } from './meter.ts'
import { startServices } from './services.ts'
import { images, sizes } from './sizes.ts'
import { type Figure, formatTable, type Table } from './table.ts'
import { timed } from './timed.ts'

/** Each round copies the programs anew; so many runs of every figure in each. */
const ROUNDS = Number(process.env['ROUNDS'] ?? 5)
const RUNS = Number(process.env['RUNS'] ?? 10)
const MINUTES = Number(process.env['MINUTES'] ?? 10)

const PARTS: Readonly<Record<string, (bench: Bench) => Promise<Table[]>>> = {
  size: async (bench) => one(bench, 'Size of the program', sizes(bench)),
  image: async (bench) => one(bench, 'Size of the image', images(bench)),
  start: (bench) => timed(bench, ['start']),
  checks: (bench) =>
    timed(
      bench,
      TASKS.filter((task) => task !== 'start'),
    ),
  memory: async (bench) => one(bench, 'One port ready, another refused', await memory(bench)),
  instructions: async (bench) => one(bench, 'Instructions (callgrind)', await instructions(bench)),
  limits: underLimits,
  many: async (bench) => one(bench, 'Many targets', await manyTargets(bench)),
  wait: async (bench) => one(bench, 'What is added to a wait', await addedWait(bench)),
  flat: (bench) => flat(bench, MINUTES),
}
/** It takes minutes in which nothing is to be seen. */
const BY_NAME = ['flat']

/** A table with a line for each contestant. */
function one({ contestants }: Bench, title: string, figures: readonly Figure[]): Table[] {
  return [{ title, names: contestants.map(({ name }) => name), figures }]
}

function chosenParts(): ((bench: Bench) => Promise<Table[]>)[] {
  const wanted = process.argv.slice(2)
  const unknown = wanted.filter((name) => !Object.hasOwn(PARTS, name))
  if (unknown.length > 0) mistake(`there is no part ${unknown.join(', ')}: ${Object.keys(PARTS).join(' ')}`)
  if (![ROUNDS, RUNS, MINUTES].every((each) => each > 0)) mistake('ROUNDS, RUNS and MINUTES are numbers')
  return Object.entries(PARTS)
    .filter(([name]) => (wanted.length === 0 ? !BY_NAME.includes(name) : wanted.includes(name)))
    .map(([, part]) => part)
}

function mistake(text: string): never {
  console.error(text)
  process.exit(2)
}

const parts = chosenParts()
const workshop = makeTempDir('bench')
const { contestants, nothing, missing } = findContestants(workshop)
const meter = makeMeter(workshop)
const { services, stop } = await startServices()
const bench: Bench = { contestants, nothing, services, meter, rounds: ROUNDS, runs: RUNS }
const load = (): string => loadavg()[0]?.toFixed(1) ?? '?'
console.log(
  `${cpus().length} CPUs (${cpus()[0]?.model}), ${(totalmem() / 2 ** 30).toFixed(0)} GiB, load ${load()}; ` +
    `${ROUNDS} rounds of ${RUNS} runs a figure`,
)
for (const reason of missing) console.log(`missing: ${reason}`)
if (meter.lacks !== undefined) console.log(`no CPU time and no memory: ${meter.lacks}`)
try {
  for (const part of parts) {
    for (const table of await part(bench)) console.log(`\n${formatTable(table)}`)
  }
} finally {
  await stop()
}
console.log(`\nload at the end ${load()}`)
