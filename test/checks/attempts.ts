import assert from 'node:assert/strict'
import { Failure, type FailureDetail } from '../../src/checks/failure.ts'
import type { Attempt } from '../../src/checks/kind.ts'

/** An attempt that writes down what a probe says of itself. */
export interface WatchedAttempt extends Attempt {
  readonly phases: string[]
  readonly wasHeard: () => boolean
  abort(): void
}

/** An attempt that lasts until it is aborted; `timeoutMs` is only what it says of itself. */
export function watchedAttempt(timeoutMs = 3000): WatchedAttempt {
  const controller = new AbortController()
  const phases: string[] = []
  let heard = false
  return {
    signal: controller.signal,
    timeoutMs,
    phases,
    waitingFor: (phase) => phases.push(phase),
    heard: () => {
      heard = true
    },
    wasHeard: () => heard,
    abort: () => controller.abort(),
  }
}

/** The failure that a probe rejects with; anything else fails the test. */
export async function failureOf(probe: Promise<unknown>): Promise<Failure> {
  const outcome: unknown = await probe.then(
    (value) => assert.fail(`ready with ${JSON.stringify(value)}`),
    (error: unknown) => error,
  )
  if (!(outcome instanceof Failure)) throw outcome
  return outcome
}

/** Asserts that a probe rejects with a failure of which these are the details; a missing hint is not looked at. */
export async function assertFails(probe: Promise<unknown>, expected: Partial<FailureDetail>): Promise<void> {
  const failure = await failureOf(probe)
  const { code, reason, hint, lasting, down } = failure
  const actual = { code, reason, lasting, down, ...('hint' in expected && { hint }) }
  assert.deepEqual(actual, {
    lasting: false,
    down: false,
    ...expected,
    code: expected.code ?? code,
    reason: expected.reason ?? reason,
  })
}
