import type { CpuLimit } from './cpu-limit.ts'

/** Less than this share of standing still explains nothing. */
const SHARE_WORTH_SAYING = 0.2

/**
 * Says, behind the reason of a timeout, that this process itself stood still for a good part of the time, and by what;
 * an empty text when it did not. Rounded to tenths, so that the same trouble is told in the same words.
 */
export function heldBack(standstillMs: number, elapsedMs: number, limit: () => CpuLimit | undefined): string {
  const share = elapsedMs > 0 ? standstillMs / elapsedMs : 0
  if (share < SHARE_WORTH_SAYING) return ''
  const cause = causeOf(limit())
  return `; readywhen itself was held back for ${Math.round(share * 10) * 10}% of the time${cause}`
}

function causeOf(limit: CpuLimit | undefined): string {
  if (limit === undefined || limit.throttledPeriods === 0) return ': this machine is short of CPU time'
  return limit.millicores === undefined ? ' by a CPU limit' : ` by its CPU limit of ${limit.millicores}m`
}
