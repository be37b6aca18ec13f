import type { Summary } from './statistics.ts'

/** A figure, or why there is none. */
export type Cell = string | { readonly skipped: string }

/** One figure of each contestant: a column of a table. */
export interface Figure {
  readonly label: string
  /** One a contestant. */
  readonly cells: readonly Cell[]
}

export interface Table {
  readonly title: string
  /** Who is compared, a line each. */
  readonly names: readonly string[]
  readonly figures: readonly Figure[]
}

/** Prints a line for each name with its figures, and below them why figures are missing, or all of a name's. */
export function formatTable({ title, names, figures }: Table): string {
  const reasons: string[] = []
  const note = (reason: string): string => {
    if (!reasons.includes(reason)) reasons.push(reason)
    return `(${reasons.indexOf(reason) + 1})`
  }
  const absent = new Map<string, string[]>()
  const lines = [[title, ...figures.map(({ label }) => label)]]
  for (const [i, name] of names.entries()) {
    const cells = figures.map((figure): Cell => figure.cells[i] ?? '')
    const reason = commonReason(cells)
    if (reason === undefined) {
      lines.push([name, ...cells.map((cell) => (typeof cell === 'string' ? cell : note(cell.skipped)))])
    } else absent.set(reason, [...(absent.get(reason) ?? []), name])
  }
  return [
    ...aligned(lines),
    ...reasons.map((reason, i) => `(${i + 1}) ${reason}`),
    ...[...absent].map(([reason, who]) => `without ${who.join(', ')}: ${reason}`),
  ].join('\n')
}

/** Why there is not one figure, when that is the same for all. */
function commonReason(cells: readonly Cell[]): string | undefined {
  const reasons = new Set(cells.map((cell) => (typeof cell === 'string' ? undefined : cell.skipped)))
  return reasons.size === 1 ? [...reasons][0] : undefined
}

function aligned(lines: readonly (readonly string[])[]): string[] {
  const widths = (lines[0] ?? []).map((_, i) => Math.max(...lines.map((line) => (line[i] ?? '').length)))
  return lines.map((line) =>
    line
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join('  ')
      .trimEnd(),
  )
}

/** `2.1 / 1.9 / 0.2`: median, least, spread; each with three significant digits at most. */
export function formatSummary({ median, min, spread }: Summary): string {
  return [median, min, spread].map((value) => formatLike(value, median)).join(' / ')
}

/** A value with as many digits behind the point as suit another, usually itself. */
export function formatLike(value: number, other = value): string {
  return value.toFixed(other < 10 ? 2 : other < 100 ? 1 : 0)
}

/** Binary megabytes of KiB. */
export function formatMib(kib: number): string {
  return formatLike(kib / 1024)
}

export function formatBytes(bytes: number): string {
  return bytes < 1e5 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(2)} MB`
}
