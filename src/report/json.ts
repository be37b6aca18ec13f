import type { CheckStatus, WaitEvent } from '../wait/event.ts'
import type { Reporter } from './reporter.ts'
import { ending, errorsOnly, stillWaiting } from './words.ts'

type Level = 'debug' | 'info' | 'warn' | 'error'

/** One line of the log. Names and meanings are stable; what does not apply is absent. */
interface LogLine {
  readonly level: Level
  readonly event: WaitEvent['type']
  readonly kind?: string
  readonly target?: string
  readonly name?: string | undefined
  /** Of a check: `waiting`, `stuck`, `ready`, `failed`. Of the whole, in `end`: the outcome. */
  readonly state?: string
  /** Attempts finished so far. */
  readonly attempt?: number
  readonly reason?: string | undefined
  readonly code?: string | undefined
  readonly hint?: string | undefined
  readonly detail?: string | undefined
  /** Checks that are ready, of `total`. */
  readonly ready?: number
  readonly total?: number
  readonly elapsed_ms?: number
  /** How long this attempt itself took. */
  readonly took_ms?: number
}

/** Writes one JSON object a line. */
export function jsonReporter(options: {
  readonly quiet: boolean
  readonly verbose: boolean
  write(text: string): void
  now(): Date
}): Reporter {
  return {
    on(event) {
      if (event.type === 'attempt' && !options.verbose) return
      for (const told of options.quiet ? errorsOnly(event) : [event]) {
        options.write(jsonLine({ time: options.now().toISOString(), ...logLine(told) }))
      }
    },
    close() {},
  }
}

/**
 * An object as one line of JSON. Left as they are, DEL, C1 controls and line separators would be acted on by a terminal
 * or a reader of lines.
 */
export function jsonLine(value: object): string {
  const text = JSON.stringify(value).replace(
    /[\u007f-\u009f\u2028\u2029]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
  return `${text}\n`
}

function logLine(event: WaitEvent): LogLine {
  switch (event.type) {
    case 'start':
      return { level: 'info', event: 'start', ready: 0, total: event.statuses.length, elapsed_ms: 0 }
    case 'attempt':
      return {
        ...checkLine('debug', 'attempt', event.status),
        ...whatFailed(event.failure),
        took_ms: Math.round(event.tookMs),
      }
    case 'change':
      return checkLine(event.status.state === 'waiting' ? 'info' : 'warn', 'change', event.status)
    case 'result':
      return checkLine(resultLevel(event.status), 'result', event.status)
    case 'heartbeat':
      return {
        level: 'info',
        event: 'heartbeat',
        state: 'waiting',
        reason: stillWaiting(event.pending, event.total, event.elapsedMs),
        ready: event.total - event.pending.length,
        total: event.total,
        elapsed_ms: Math.round(event.elapsedMs),
      }
    case 'end': {
      const { outcome, statuses, elapsedMs } = event
      return {
        level: outcome === 'ready' ? 'info' : 'error',
        event: 'end',
        state: outcome,
        reason: outcome === 'ready' ? undefined : ending(outcome, statuses, elapsedMs),
        ready: statuses.filter((status) => status.state === 'ready').length,
        total: statuses.length,
        elapsed_ms: Math.round(elapsedMs),
      }
    }
  }
}

/** One of several that is not ready need not matter (`--any`); the level of `end` is the one that counts. */
function resultLevel(status: CheckStatus): Level {
  if (status.state === 'ready') return 'info'
  return status.state === 'failed' ? 'error' : 'warn'
}

function checkLine(level: Level, event: LogLine['event'], status: CheckStatus): LogLine {
  return {
    level,
    event,
    kind: status.check.kind,
    target: status.check.target,
    name: status.check.name,
    state: status.state,
    attempt: status.attempts,
    ...whatFailed(status.failure),
    detail: status.detail,
    elapsed_ms: Math.round(status.elapsedMs),
  }
}

function whatFailed(failure: CheckStatus['failure']): Pick<LogLine, 'reason' | 'code' | 'hint'> {
  if (failure === undefined) return {}
  return { reason: failure.reason, code: failure.code, hint: failure.hint }
}
