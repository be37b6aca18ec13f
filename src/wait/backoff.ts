/** Each delay is longer than the one before by this share of the first. */
const GROWTH = 0.5
/** Every delay is spread by so much to both sides, so that replicas do not knock in step. */
const SPREAD = 0.2
/** Attempts that are due within a tick start together: a tick is at most this share of the delay. */
const TICK_SHARE = 1 / 10

/** Between two logins that are turned down, in milliseconds: a failed roll-out of many pods must not lock an account. */
const REJECTED_MIN_MS = 5000
const REJECTED_MAX_MS = 10_000

/**
 * The delay after a login that was turned down, in milliseconds: 5 to 10 s, evenly spread, or the longest of the usual
 * delays where that is longer. The last login falls on the end of the grace, `left` from now, and not right behind
 * another. `random` gives numbers from 0 to 1.
 */
export function loginDelay(bounds: { readonly maxMs: number }, random: () => number, left: number): number {
  const spread = REJECTED_MIN_MS + random() * (REJECTED_MAX_MS - REJECTED_MIN_MS)
  const delay = Math.max(spread, bounds.maxMs)
  if (left - delay >= REJECTED_MIN_MS) return delay
  return left <= REJECTED_MAX_MS || left <= delay ? left : left / 2
}

/**
 * The moment of the attempt after the first `attempts`, in milliseconds on the clock that says `now`.
 *
 * The delay is the lower bound after the first attempt, half of that bound longer after each further one, and never
 * above the upper bound. Delays that grow in even steps grow with the square root of the time waited, which costs the
 * fewest attempts for the wait they add when a thing that has been missing for long is likely to stay so for long
 * (J. B. Keller, Optimum checking schedules for systems subject to random failure, Management Science 21, 1974).
 *
 * The moment lies within 20 % of the delay, evenly spread, on a tick of the clock: the process wakes once for all
 * attempts of a tick, and a hundred targets cost half of the processor time of as many separate timers.
 * `random` gives numbers from 0 to 1.
 */
export function nextAttemptAt(
  now: number,
  attempts: number,
  bounds: { readonly minMs: number; readonly maxMs: number },
  random: () => number,
): number {
  const delay = Math.min(bounds.maxMs, bounds.minMs * (1 + GROWTH * Math.max(0, attempts - 1)))
  const earliest = now + delay * (1 - SPREAD)
  const latest = now + delay * (1 + SPREAD)
  const tick = tickOf(delay * TICK_SHARE)
  const moment = Math.round((earliest + random() * (latest - earliest)) / tick) * tick
  if (moment < earliest) return moment + tick
  return moment > latest ? moment - tick : moment
}

/** The longest of 1, 2, 10, 20, 100, … ms that is not above a length: each is a multiple of the shorter ones. */
function tickOf(longestMs: number): number {
  const power = 10 ** Math.floor(Math.log10(longestMs))
  return longestMs >= 2 * power ? 2 * power : power
}
