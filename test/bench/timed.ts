import type { Contestant, Task } from './contestants.ts'
import { type Bench, measureTask, type Readings } from './measurements.ts'
import type { Reading } from './meter.ts'
import { medianOfMedians, pairedRatio, summarize } from './statistics.ts'
import { type Cell, formatLike, formatMib, type Table } from './table.ts'

/** What each column says of the readings of one contestant. */
const FIGURES: Readonly<Record<string, (rounds: Readings['rounds']) => string | undefined>> = {
  ms: (rounds) => formatLike(medianOfMedians(each(rounds, wall))),
  least: (rounds) => about(rounds, summarize(each(rounds, wall).flat()).min),
  spread: (rounds) => about(rounds, summarize(each(rounds, wall).flat()).spread),
  'of nothing': (rounds) => times(rounds),
  'CPU ms': (rounds) =>
    present(
      each(rounds, ({ cpuMs }) => cpuMs),
      (all) => formatLike(medianOfMedians(all)),
    ),
  'peak MiB': (rounds) =>
    present(
      each(rounds, ({ peakKib }) => peakKib),
      (all) => formatMib(Math.max(...all.flat())),
    ),
}

/**
 * One table a task, start to exit: median of the rounds' medians, least, interquartile range, and how many times the
 * time of a program that does nothing, run right before, that is.
 */
export async function timed(bench: Bench, tasks: readonly Task[]): Promise<Table[]> {
  const tables: Table[] = []
  for (const task of tasks) tables.push(table(task, await measureTask(task, bench)))
  return tables
}

function table(task: Task, measured: ReadonlyMap<Contestant, Readings>): Table {
  const all = [...measured.values()]
  return {
    title: task,
    names: [...measured.keys()].map(({ name }) => name),
    figures: Object.entries(FIGURES).map(([label, figure]) => ({
      label,
      cells: all.map(({ rounds, problem }): Cell => {
        if (problem !== undefined) return { skipped: problem }
        return figure(rounds) ?? { skipped: 'it needs a C compiler (cc)' }
      }),
    })),
  }
}

const wall = ({ wallMs }: Reading): number => wallMs

function each(
  rounds: Readings['rounds'],
  figure: (reading: Reading) => number | undefined,
): readonly (readonly number[])[] {
  return rounds.map((round) => round.map(figure).filter((value) => value !== undefined))
}

/** As many digits as the median has. */
function about(rounds: Readings['rounds'], value: number): string {
  return formatLike(value, medianOfMedians(each(rounds, wall)))
}

function present(
  values: readonly (readonly number[])[],
  format: (values: readonly (readonly number[])[]) => string,
): string | undefined {
  return values.flat().length > 0 ? format(values) : undefined
}

function times(rounds: Readings['rounds']): string | undefined {
  const pairs = rounds.map((round) =>
    round.flatMap(({ wallMs, nothingMs }) =>
      nothingMs === undefined ? [] : [{ value: wallMs, basis: nothingMs }],
    ),
  )
  return pairs.flat().length > 0 ? `${formatLike(pairedRatio(pairs))}x` : undefined
}
