/** The share of the time waited so far that the next delay takes: what readywhen adds to a wait at most. */
const SHARE = 0.15
/** Every delay is spread by so much to both sides, so that replicas do not knock in step. */
const SPREAD = 0.2

/**
 * The delay before the next attempt, in milliseconds: 15 % of the time waited so far, held between the bounds, then
 * spread by 20 % to both sides, also at the bounds. `random` gives numbers from 0 to 1.
 */
export function backoffDelay(
  waitedMs: number,
  bounds: { readonly minMs: number; readonly maxMs: number },
  random: () => number,
): number {
  const delay = Math.min(bounds.maxMs, Math.max(bounds.minMs, waitedMs * SHARE))
  return delay * (1 - SPREAD + 2 * SPREAD * random())
}
