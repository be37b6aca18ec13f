import { formatDuration } from '../plan/duration.ts'
import type { CheckIdentity, CheckStatus, Outcome, WaitEvent } from '../wait/event.ts'
import { oneLine } from './width.ts'

/** How many checks a sentence names before it says "and 492 more". */
const NAMED = 8

/** A time in a reason that was measured, and is another one at every run. */
const MEASURED = /\b\d+(\.\d+)?m?s (?=after it was accepted)/g

/** The column of the state is as wide as its longest word, so that what follows always starts at the same place. */
export const STATE_WIDTH = 'not ready'.length

/** What a check is called in every output: its name, else its target, with the kind where that does not tell it. */
export function label(check: CheckIdentity): string {
  const name = check.name === undefined ? '' : oneLine(check.name)
  if (name !== '') return name
  const target = oneLine(check.target)
  return /^(?!unix:)[a-z][a-z0-9+.-]*:\/\//i.test(target) ? target : `${check.kind} ${target}`
}

/** Why a check is not ready, as far as is known. */
export function reason(status: CheckStatus): string {
  if (status.failure !== undefined) return oneLine(status.failure.reason)
  return status.attempts === 0 ? 'no answer yet' : 'not enough successes in a row yet'
}

/** The word for a check that is still being waited for. */
export function standingWord(status: CheckStatus): string {
  return status.state === 'failed' ? 'gave up' : status.state
}

/** The word for a check once nothing more will come. */
export function closingWord(status: CheckStatus): string {
  if (status.state === 'ready') return 'ready'
  return status.state === 'failed' ? 'gave up' : 'not ready'
}

/** How a check ended: `after 5m, 140 attempts: connection refused`, `after 4.2s, 14 attempts (200 OK)`. */
export function closing(status: CheckStatus): string {
  const after = `after ${formatDuration(status.elapsedMs)}`
  const effort = status.attempts > 1 ? `${after}, ${status.attempts} attempts` : after
  return found(status, effort, reason(status))
}

/** How a check of a probe ended, the same at every run with the same cause: `asked once: connection refused`. */
export function finding(status: CheckStatus): string {
  return found(status, 'asked once', reason(status).replace(MEASURED, ''))
}

function found(status: CheckStatus, effort: string, why: string): string {
  if (status.state !== 'ready') return `${effort}: ${why}`
  return status.detail === undefined || status.detail === ''
    ? effort
    : `${effort} (${oneLine(status.detail)})`
}

/** `still waiting after 15s for 2 of 6: http://auth:8080/healthz (503 Service Unavailable), dns kafka (no such name)` */
export function stillWaiting(pending: readonly CheckStatus[], total: number, elapsedMs: number): string {
  const opening = `still waiting after ${formatDuration(elapsedMs)} for`
  const list = byReason(pending)
  return total === 1 ? `${opening} ${list}` : `${opening} ${pending.length} of ${total}: ${list}`
}

/**
 * The last sentence: `ready: 6 of 6 in 8.2s`, `timed out after 5m: 1 of 6 not ready: dns kafka`. Without a time it is
 * the same at every run with the same cause.
 */
export function ending(
  outcome: Outcome,
  statuses: readonly CheckStatus[],
  elapsedMs: number | undefined,
): string {
  const total = statuses.length
  const missing = statuses.filter((status) => status.state !== 'ready')
  const elapsed = elapsedMs === undefined ? '' : formatDuration(elapsedMs)
  if (outcome === 'ready') return `ready: ${total - missing.length} of ${total} in ${elapsed}`
  const opening = {
    timeout: 'timed out',
    failed: 'gave up',
    interrupted: 'interrupted',
    'not-ready': 'not ready',
  }
  const what = `${opening[outcome]}${elapsed === '' ? '' : ` after ${elapsed}`}`
  if (missing.length === 0) return what
  // The last line is all that some show of a log: it names what is missing.
  if (total === 1) return `${what}: ${named(missing)}`
  const count = `${missing.length} of ${total}${outcome === 'not-ready' ? '' : ' not ready'}`
  return `${what}: ${count}: ${named(missing)}`
}

/** Whether the last sentence would only repeat the closing line of the one check there is. */
export function isSaid(outcome: Outcome, statuses: readonly CheckStatus[]): boolean {
  return statuses.length === 1 && outcome !== 'timeout' && outcome !== 'interrupted'
}

/** Names the first few; when there are more, those are chosen that show the most different reasons. */
function named(statuses: readonly CheckStatus[]): string {
  const labels = statuses.length <= NAMED ? statuses : worstFirst(statuses).slice(0, NAMED)
  const more = statuses.length - labels.length
  return `${labels.map(({ check }) => label(check)).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}

/** Names the first few of each reason: `tcp db:1, tcp db:2 and 490 more (connection refused), dns kafka (no such name)` */
function byReason(statuses: readonly CheckStatus[]): string {
  const groups = new Map<string, string[]>()
  for (const status of worstFirst(statuses)) {
    const labels = groups.get(reason(status)) ?? []
    labels.push(label(status.check))
    groups.set(reason(status), labels)
  }
  const told = [...groups].slice(0, NAMED)
  let spare = NAMED - told.length
  const parts = told.map(([why, labels]) => {
    const first = labels.slice(0, 1 + spare)
    spare -= first.length - 1
    const last = first.length < labels.length ? `${labels.length - first.length} more` : first.pop()
    return `${[first.join(', '), last].filter((part) => part !== '').join(' and ')} (${why})`
  })
  const rest = [...groups.values()].slice(NAMED).reduce((sum, labels) => sum + labels.length, 0)
  return parts.join(', ') + (rest > 0 ? ` and ${rest} more` : '')
}

/** Orders checks by how much a reader needs to see them: lasting trouble, then one for each reason, then the rest. */
export function worstFirst(statuses: readonly CheckStatus[]): CheckStatus[] {
  const seen = new Set<string>()
  const ranked = statuses.map((status) => {
    const why = status.state === 'ready' ? '' : reason(status)
    const first = !seen.has(why)
    seen.add(why)
    return { status, rank: rank(status, first) }
  })
  return ranked.sort((a, b) => a.rank - b.rank).map(({ status }) => status)
}

function rank(status: CheckStatus, firstOfItsReason: boolean): number {
  if (status.state === 'ready') return 4
  // A probe has no state for it.
  const lasting = status.state === 'failed' || status.state === 'stuck' || status.failure?.lasting === true
  return (lasting ? 0 : 2) + (firstOfItsReason ? 0 : 1)
}

/** What `--quiet` leaves of an event: nothing, but for the end of a wait that failed, and why. */
export function errorsOnly(event: WaitEvent): WaitEvent[] {
  if (event.type !== 'end' || event.outcome === 'ready') return []
  const missing = event.statuses.filter((status) => status.state !== 'ready')
  return [...missing.map((status): WaitEvent => ({ type: 'result', status })), event]
}
