import { spawn, spawnSync } from 'node:child_process'
import { argumentsOf, type Contestant, type Task } from './contestants.ts'
import type { Bench } from './measurements.ts'
import type { Cell, Figure } from './table.ts'

const COUNTED: readonly Task[] = ['start', 'tcp']
const LIMIT_MS = 120_000

/** Instructions of the CPU, as callgrind counts them: the same on a busy machine as on a quiet one. */
export async function instructions(bench: Bench): Promise<Figure[]> {
  const lacks = spawnSync('valgrind', ['--version']).status === 0 ? undefined : 'there is no valgrind here'
  const figures: Figure[] = []
  for (const task of COUNTED) {
    const cells: Cell[] = []
    for (const contestant of bench.contestants) {
      cells.push(lacks === undefined ? await count(contestant, task, bench) : { skipped: lacks })
    }
    figures.push({ label: task, cells })
  }
  return figures
}

async function count(contestant: Contestant, task: Task, { services }: Bench): Promise<Cell> {
  if (!contestant.native) return { skipped: 'callgrind counts native programs' }
  const args = argumentsOf(contestant, task, services)
  if (args === undefined) return { skipped: 'it has no such check, or no template for it' }
  const line = [...contestant.command, ...args]
  const child = spawn('valgrind', ['--tool=callgrind', '--callgrind-out-file=/dev/null', ...line], {
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: LIMIT_MS,
  })
  let output = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  const code = await new Promise((resolve) => child.once('close', resolve))
  const total = Number(/Collected : (\d+)/.exec(output)?.[1])
  if (code !== 0 || Number.isNaN(total)) return { skipped: `${contestant.name} does not run under valgrind` }
  return total < 1e6 ? `${(total / 1e3).toFixed(0)} k` : `${(total / 1e6).toFixed(1)} M`
}
