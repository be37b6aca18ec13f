export interface Summary {
  readonly median: number
  readonly min: number
  /** Half of all values lie within so much. */
  readonly spread: number
}

/** Median, least and interquartile range; not-a-number of no values. */
export function summarize(values: readonly number[]): Summary {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (share: number): number => sorted[Math.round(share * (sorted.length - 1))] ?? Number.NaN
  return { median: median(values), min: at(0), spread: at(0.75) - at(0.25) }
}

/** The value in the middle, or the mean of the two there. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
  const lower = sorted[Math.ceil(sorted.length / 2) - 1] ?? Number.NaN
  return (lower + upper) / 2
}

/**
 * The median of the rounds' medians. Values of one round have something in common (the copy of the program that they
 * ran), so that a round counts once, whatever it had.
 */
export function medianOfMedians(rounds: readonly (readonly number[])[]): number {
  return median(rounds.filter((round) => round.length > 0).map(median))
}

/** A value and what was measured right before it, to compare it with. */
export interface Pair {
  readonly value: number
  readonly basis: number
}

/**
 * How many times its basis a value is: the median of a round's ratios, and of these again. What slows the machine down
 * for a while slows both of a pair, so that the ratio is steadier than the ratio of two medians.
 */
export function pairedRatio(rounds: readonly (readonly Pair[])[]): number {
  return medianOfMedians(rounds.map((round) => round.map(({ value, basis }) => value / basis)))
}
