import { Failure } from '../checks/failure.ts'
import type { CheckState } from './event.ts'

/** What one attempt brought: ready, or why not. */
export type AttemptResult =
  | { readonly ready: true; readonly detail: string | undefined }
  | { readonly ready: false; readonly failure: Failure }

/** What decides about one check. */
export interface Rules {
  readonly successes: number
  readonly untilDown: boolean
  /** How long a lasting failure is retried, in milliseconds. */
  readonly graceMs: number
  /** One attempt decides. */
  readonly once: boolean
}

/** Where one check stands, between two attempts. Times are the clock's. */
export interface Progress {
  readonly state: CheckState
  readonly attempts: number
  /** Successes in a row so far. */
  readonly streak: number
  /** When the present run of lasting failures began. */
  readonly stuckSince: number | undefined
  readonly failure: Failure | undefined
  readonly detail: string | undefined
}

export const beginning: Progress = {
  state: 'waiting',
  attempts: 0,
  streak: 0,
  stuckSince: undefined,
  failure: undefined,
  detail: undefined,
}

/** Where a check stands after one more attempt that ended at `at`. */
export function advance(before: Progress, attempt: AttemptResult, rules: Rules, at: number): Progress {
  const result = rules.untilDown ? invert(attempt) : attempt
  const attempts = before.attempts + 1
  if (result.ready) {
    const streak = before.streak + 1
    const ready = streak >= rules.successes || rules.once
    const failure = ready ? undefined : notYet(streak, rules.successes)
    return {
      state: ready ? 'ready' : 'waiting',
      attempts,
      streak,
      stuckSince: undefined,
      failure,
      detail: result.detail,
    }
  }
  const { failure } = result
  const common = { attempts, streak: 0, failure, detail: undefined }
  if (!failure.lasting || rules.once) return { ...common, state: 'waiting', stuckSince: undefined }
  const stuckSince = before.stuckSince ?? at
  return {
    ...common,
    state: at - stuckSince >= rules.graceMs ? 'failed' : 'stuck',
    stuckSince,
  }
}

/** Whether more attempts could change anything. */
export function isDecided(progress: Progress, rules: Rules): boolean {
  return progress.state === 'ready' || progress.state === 'failed' || (rules.once && progress.attempts > 0)
}

/** Whether a reader should be told: another state, or another reason. */
export function isChange(before: Progress, after: Progress): boolean {
  return before.state !== after.state || before.attempts === 0 || before.failure?.code !== after.failure?.code
}

/** The time until grace is over, so that the last attempt falls on its end; `undefined` where none is running. */
export function graceLeft(progress: Progress, rules: Rules, now: number): number | undefined {
  return progress.stuckSince === undefined
    ? undefined
    : Math.max(0, progress.stuckSince + rules.graceMs - now)
}

function notYet(streak: number, successes: number): Failure {
  return new Failure({
    code: 'SUCCESSES',
    reason: `${streak} of ${successes} successes in a row`,
  })
}

/** Turns a result around for `until=down`: only a peer that is not there counts; trouble that proves nothing does not. */
function invert(result: AttemptResult): AttemptResult {
  if (result.ready) {
    const found = result.detail === undefined ? '' : `: ${result.detail}`
    return {
      ready: false,
      failure: new Failure({
        code: 'STILL_UP',
        reason: `still answering${found}`,
      }),
    }
  }
  const { code, reason, hint, down } = result.failure
  if (down) return { ready: true, detail: `down: ${reason}` }
  return {
    ready: false,
    failure: new Failure({
      code,
      reason: `not known to be down: ${reason}`,
      hint,
    }),
  }
}
