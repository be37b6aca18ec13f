import { spawn } from 'node:child_process'
import { startFault } from '../servers/faults.ts'
import { startGate } from '../servers/gate.ts'
import type { Bench } from './measurements.ts'
import type { Cell, Figure } from './table.ts'

/** A dependency becomes ready at so many different moments between 3 and 4 s. */
const MOMENTS = 10
/** Chance spreads each delay between nothing and half a second: a mean of ten moves by 0.05 s, one of fifty by 0.02 s. */
const ROUNDS = 5

/** How much readywhen adds to a wait: from the moment a dependency is ready to the exit; and what that costs in attempts. */
export async function addedWait({ contestants }: Bench): Promise<Figure[]> {
  const delay: Cell[] = []
  const attempts: Cell[] = []
  for (const { command, takesMany } of contestants) {
    const skipped = { skipped: 'the delay is measured of readywhen alone' }
    delay.push(takesMany ? await addedTo(command) : skipped)
    attempts.push(takesMany ? await attemptsOfTenSeconds(command) : skipped)
  }
  return [
    { label: 'added to a wait of 3-4 s, ms: mean / longest', cells: delay },
    { label: 'attempts in 10 s', cells: attempts },
  ]
}

async function addedTo(command: readonly string[]): Promise<string> {
  const all: number[] = []
  for (let round = 0; round < ROUNDS; round++) all.push(...(await delays(command)))
  const mean = all.reduce((sum, one) => sum + one, 0) / all.length
  return `${mean.toFixed(0)} / ${Math.max(...all).toFixed(0)}`
}

async function delays(command: readonly string[]): Promise<number[]> {
  const server = await startFault('silent')
  const one = async (i: number): Promise<number> => {
    const gate = await startGate(server.port)
    const ended = run(command, ['--timeout=20s', `--tcp=127.0.0.1:${gate.port}`])
    await new Promise((resolve) => setTimeout(resolve, 3000 + i * (1000 / MOMENTS)))
    const opened = await gate.open()
    await ended
    const delay = performance.now() - opened
    await gate.stop()
    return delay
  }
  const all = await Promise.all(Array.from({ length: MOMENTS }, (_, i) => one(i)))
  await server.stop()
  return all
}

async function attemptsOfTenSeconds(command: readonly string[]): Promise<string> {
  const server = await startFault('silent')
  const closed = await startGate(server.port)
  const stderr = await run(command, ['--timeout=10s', `--tcp=127.0.0.1:${closed.port}`])
  await closed.stop()
  await server.stop()
  return /(\d+) attempts/.exec(stderr)?.[1] ?? '?'
}

function run(command: readonly string[], args: readonly string[]): Promise<string> {
  const [file = '', ...rest] = [...command, ...args]
  const child = spawn(file, rest, { stdio: ['ignore', 'ignore', 'pipe'] })
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  return new Promise((resolve) => child.once('close', () => resolve(stderr)))
}
