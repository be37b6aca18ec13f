/** A figure, or why there is none. */
export type Cell = string | { readonly skipped: string }

export interface Row {
  readonly label: string
  /** One a contestant. */
  readonly cells: readonly Cell[]
}

/** Prints rows under the contestants' names, and below them why figures are missing. */
export function formatTable(names: readonly string[], rows: readonly Row[]): string {
  const reasons: string[] = []
  const note = (reason: string): string => {
    if (!reasons.includes(reason)) reasons.push(reason)
    return `(${reasons.indexOf(reason) + 1})`
  }
  const lines = [
    ['', ...names],
    ...rows.map(({ label, cells }) => [
      label,
      ...cells.map((cell) => (typeof cell === 'string' ? cell : note(cell.skipped))),
    ]),
  ]
  const widths = ['', ...names].map((_, i) => Math.max(...lines.map((line) => (line[i] ?? '').length)))
  const text = lines.map((line) =>
    line
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join('  ')
      .trimEnd(),
  )
  return [...text, ...reasons.map((reason, i) => `(${i + 1}) ${reason}`)].join('\n')
}

export interface Summary {
  readonly median: number
  readonly min: number
  /** Half of all values lie within so much. */
  readonly spread: number
}

export function summarize(values: readonly number[]): Summary {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (share: number): number => sorted[Math.round(share * (sorted.length - 1))] ?? Number.NaN
  return { median: at(0.5), min: at(0), spread: at(0.75) - at(0.25) }
}

/** `2.1 / 1.9 / 0.2`: median, least, spread; each with three significant digits at most. */
export function formatSummary({ median, min, spread }: Summary): string {
  const digits = median < 10 ? 2 : median < 100 ? 1 : 0
  return [median, min, spread].map((value) => value.toFixed(digits)).join(' / ')
}

export function formatBytes(bytes: number): string {
  return bytes < 1e5 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(2)} MB`
}
