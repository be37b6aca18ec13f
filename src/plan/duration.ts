import { UsageError } from './usage-error.ts'

const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}
const LONGEST = 365 * 86_400_000

/** Matches what `parseDuration` takes; the JSON Schema of every duration. */
export const DURATION_PATTERN = '^(\\d+(\\.\\d+)?(ms|s|m|h|d))+$|^\\d+(\\.\\d+)?$'

/**
 * Reads `250ms`, `2s`, `1.5s`, `1m30s`, `5m`, `24h`, or bare seconds; gives milliseconds.
 * Throws `UsageError`. At most a year: longer ones do not fit a timer and are a slip of the hand.
 */
export function parseDuration(text: string): number {
  if (!new RegExp(DURATION_PATTERN).test(text)) {
    throw new UsageError('must be a duration such as 250ms, 2s, 1m30s or 5m')
  }
  let total = 0
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)?/g)) {
    total += Number(amount) * (UNITS[unit ?? 's'] ?? 0)
  }
  if (total > LONGEST) throw new UsageError('must be a duration of at most 365d')
  return Math.round(total)
}

/** Like `parseDuration`, but zero is refused. */
export function parsePositiveDuration(text: string): number {
  const duration = parseDuration(text)
  if (duration === 0) throw new UsageError('must be longer than 0')
  return duration
}

/** Says a duration in milliseconds as a person would: `12ms`, `2.1s`, `15s`, `1m30s`, `2h5m`, `3d`. */
export function formatDuration(ms: number): string {
  if (ms < 999.5) return `${Math.max(0, Math.round(ms))}ms`
  if (ms < 9950) return `${Number((ms / 1000).toFixed(1))}s`
  const seconds = Math.round(ms / 1000)
  if (seconds < 60) return `${seconds}s`
  if (seconds < 3600) return join(Math.floor(seconds / 60), 'm', seconds % 60, 's')
  const minutes = Math.round(seconds / 60)
  if (minutes < 48 * 60) return join(Math.floor(minutes / 60), 'h', minutes % 60, 'm')
  const hours = Math.round(minutes / 60)
  return join(Math.floor(hours / 24), 'd', hours % 24, 'h')
}

function join(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large}${largeUnit}` : `${large}${largeUnit}${small}${smallUnit}`
}
