import { readywhen } from '../blackbox/readywhen.ts'
import { type Behind, type Case, makeCase, type Protocol, startBehind } from './cases.ts'

/** Targets of one process: starting it costs more than what one of them does. */
const AT_ONCE = 100
/** An attempt is over after half a second, whatever its server does; a process of them soon after. */
const ATTEMPT = '500ms'
const LIMIT_MS = 20_000
/** `--once`: 0 ready, 1 not ready, 3 an answer that waiting will not change. */
const CODES: ReadonlySet<number | null> = new Set([0, 1, 3])

export interface FuzzOptions {
  readonly seed: string
  readonly seconds: number
  readonly only?: Protocol | undefined
  /** Just this case. */
  readonly number?: number | undefined
}

export interface FuzzResult {
  readonly cases: number
  /** What went wrong, with the case that does it alone, if one does. */
  readonly problems: readonly string[]
}

/** Runs readywhen against hostile servers until time is up or something is found. */
export async function fuzz({ seed, seconds, only, number }: FuzzOptions): Promise<FuzzResult> {
  const behind = await startBehind()
  const end = performance.now() + seconds * 1000
  const run = (numbers: readonly number[]) => tryCases(numbers, seed, behind, only)
  try {
    if (number !== undefined) return { cases: 1, problems: asList(await run([number])) }
    let cases = 0
    while (performance.now() < end) {
      const numbers = Array.from({ length: AT_ONCE }, (_, i) => cases + i)
      const problem = await run(numbers)
      cases += AT_ONCE
      if (problem === undefined) continue
      for (const each of numbers) {
        const alone = await run([each])
        if (alone !== undefined) return { cases, problems: [`--seed ${seed} --case ${each}: ${alone}`] }
      }
      return {
        cases,
        problems: [`cases ${numbers[0]} to ${cases - 1} of seed ${seed}, together: ${problem}`],
      }
    }
    return { cases, problems: [] }
  } finally {
    behind.stop()
  }
}

/** Runs one process against these cases; gives what is wrong with how it ended. */
async function tryCases(
  numbers: readonly number[],
  seed: string,
  behind: Behind,
  only: Protocol | undefined,
): Promise<string | undefined> {
  const cases: Case[] = await Promise.all(numbers.map((number) => makeCase(seed, number, behind, only)))
  try {
    const args = [
      '--once',
      `--attempt-timeout=${ATTEMPT}`,
      '--timeout=10s',
      ...cases.map((each) => each.argument),
    ]
    const { code, signal, stderr } = await readywhen(args, { limitMs: LIMIT_MS })
    const tail = `${cases.length === 1 ? `${cases[0]?.argument}\n` : ''}${stderr.slice(-2000)}`
    if (signal !== null) return `ended by ${signal} (a hang, if it is SIGKILL)\n${tail}`
    if (!CODES.has(code)) return `exit code ${code}\n${tail}`
    if (/this is a bug|panicked/.test(stderr)) return `a bug\n${tail}`
    if (stderr.includes('secret')) return `a secret\n${tail}`
    const silent = numbers.filter((number) => !new RegExp(`^[a-z ]+ c${number}\\b`, 'm').test(stderr))
    return silent.length === 0 ? undefined : `nothing was said about c${silent.join(', c')}\n${tail}`
  } finally {
    for (const each of cases) each.stop()
  }
}

function asList(problem: string | undefined): string[] {
  return problem === undefined ? [] : [problem]
}
