import { formatDuration } from '../plan/duration.ts'
import type { CheckIdentity, CheckStatus, WaitEvent } from '../wait/event.ts'
import { commonHint } from './common-hint.ts'
import { belowLine, type Line, labelWidth, render, stateLine, wholeLine } from './line.ts'
import { remember } from './remember.ts'
import type { Reporter } from './reporter.ts'
import { oneLine } from './width.ts'
import {
  closing,
  closingWord,
  ending,
  errorsOnly,
  isSaid,
  label,
  reason,
  standingWord,
  stillWaiting,
} from './words.ts'

/** With more checks than this, those that wait for the same reason are not all listed. */
const CROWD = 30
const LISTED_OF_A_CROWD = 5
/** How often the same change of one check is told; a check that flaps is left to the heartbeats. */
const SAME_CHANGE = 3
/** A hint that is further up than this is told again at the end, where people look first. */
const OUT_OF_SIGHT = 12

/** Writes one line a change, for people who read a log. */
export function textReporter(options: {
  readonly quiet: boolean
  readonly verbose: boolean
  readonly colour: boolean
  write(text: string): void
}): Reporter {
  const latest = new Map<CheckIdentity, CheckStatus>()
  const told = new Map<CheckIdentity | undefined, Map<string, number>>()
  const hints = new Map<string, number>()
  let written = 0
  let width = 0

  function put(line: Line): void {
    written++
    options.write(`${render(line, options.colour)}\n`)
  }

  /** Counts how often something was told, of one check or of all. */
  function count(check: CheckIdentity | undefined, what: string): number {
    const counts = told.get(check) ?? new Map<string, number>()
    told.set(check, counts)
    const times = (counts.get(what) ?? 0) + 1
    counts.set(what, times)
    return times
  }

  function putHint(hint: string | undefined, atTheEnd: boolean, line = belowLine): void {
    if (hint === undefined) return
    const last = hints.get(hint)
    if (last !== undefined && !(atTheEnd && written - last > OUT_OF_SIGHT)) return
    put(line(`hint: ${oneLine(hint)}`))
    hints.set(hint, written)
  }

  function putStanding(status: CheckStatus, rest: string): void {
    put(stateLine(standingWord(status), label(status.check), width, rest))
    putHint(status.failure?.hint, false)
  }

  function change(status: CheckStatus): void {
    const why = reason(status)
    const what = `${standingWord(status)} ${why}`
    if (count(status.check, what) > SAME_CHANGE) return
    const alike = latest.size > CROWD ? count(undefined, what) : 1
    if (alike <= LISTED_OF_A_CROWD) putStanding(status, why)
    else if (alike === LISTED_OF_A_CROWD + 1) {
      put(stateLine(standingWord(status), 'and more', width, `${why} (the others are not listed)`))
    }
  }

  function tell(event: WaitEvent): void {
    switch (event.type) {
      case 'start':
        width = labelWidth(event.statuses)
        break
      case 'attempt': {
        const found = event.failure === undefined ? 'succeeded' : oneLine(event.failure.reason)
        const took = `attempt ${event.status.attempts} took ${formatDuration(event.tookMs)}`
        putStanding(event.status, `${took}: ${found}`)
        break
      }
      case 'change':
        // The attempt itself has just been told.
        if (!options.verbose) change(event.status)
        break
      case 'heartbeat':
        put(wholeLine(stillWaiting(event.pending, event.total, event.elapsedMs), 'busy'))
        putHint(commonHint([...latest.values()]), false, wholeLine)
        break
      case 'result': {
        const { status } = event
        put(stateLine(closingWord(status), label(status.check), width, closing(status)))
        if (status.state !== 'ready') putHint(status.failure?.hint, true)
        break
      }
      case 'end': {
        const { outcome, statuses, elapsedMs } = event
        if (outcome !== 'ready') putHint(commonHint(statuses), true, wholeLine)
        if (isSaid(outcome, statuses)) break
        put(wholeLine(ending(outcome, statuses, elapsedMs), outcome === 'ready' ? 'good' : 'bad'))
      }
    }
  }

  return {
    on(event) {
      remember(latest, event)
      if (event.type === 'attempt' && !options.verbose) return
      for (const one of options.quiet && event.type !== 'start' ? errorsOnly(event) : [event]) tell(one)
    },
    close() {},
  }
}
