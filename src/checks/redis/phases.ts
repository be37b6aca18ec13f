import type { Attempt } from '../kind.ts'

/** The same attempt, whose phases are said in another way, or by another signal ended. */
export function withPhases(
  attempt: Attempt,
  waitingFor: (phase: string) => void,
  signal: AbortSignal = attempt.signal,
): Attempt {
  return {
    ...(attempt.timeoutMs !== undefined && { timeoutMs: attempt.timeoutMs }),
    signal,
    waitingFor,
    heard: () => attempt.heard(),
  }
}
