import type { Failure } from '../checks/failure.ts'

/** `waiting` for the first success; `stuck` on an answer that waiting will not change; `failed` once that outlasted the grace. */
export type CheckState = 'waiting' | 'stuck' | 'ready' | 'failed'

/** A check as every reader knows it. */
export interface CheckIdentity {
  readonly kind: string
  /** Safe description of the target: `postgres://app@db:5432/app`. */
  readonly target: string
  /** What `name=` says; shown instead of the target. */
  readonly name: string | undefined
}

/** Where one check stands. */
export interface CheckStatus {
  readonly check: CheckIdentity
  readonly state: CheckState
  /** Attempts finished so far. */
  readonly attempts: number
  /** From the start of the wait until this check was decided, or until now, in milliseconds. */
  readonly elapsedMs: number
  /** Why the last attempt did not succeed; absent once ready. */
  readonly failure: Failure | undefined
  /** What the last successful attempt found. */
  readonly detail: string | undefined
}

/** How a wait ended. `interrupted` by a signal; `not-ready` only with `--once`. */
export type Outcome = 'ready' | 'not-ready' | 'failed' | 'timeout' | 'interrupted'

/** What the engine tells reporters. Statuses of all checks come in the order of the plan. */
export type WaitEvent =
  | { readonly type: 'start'; readonly statuses: readonly CheckStatus[] }
  /** One attempt is over; `tookMs` is its own length. Only `--verbose` shows it. */
  | {
      readonly type: 'attempt'
      readonly status: CheckStatus
      readonly tookMs: number
      readonly failure: Failure | undefined
    }
  /** A check came to another state, or its reason changed; never `ready` or `failed`, which are results. */
  | { readonly type: 'change'; readonly status: CheckStatus }
  /** Every 15 seconds: what is still missing. */
  | {
      readonly type: 'heartbeat'
      readonly pending: readonly CheckStatus[]
      readonly total: number
      readonly elapsedMs: number
    }
  /** The closing line of a check: when it is ready or failed, or at the end for those that were neither. */
  | { readonly type: 'result'; readonly status: CheckStatus }
  | {
      readonly type: 'end'
      readonly outcome: Outcome
      readonly statuses: readonly CheckStatus[]
      readonly elapsedMs: number
    }
