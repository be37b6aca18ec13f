import type { CheckState, Outcome } from './event.ts'

/** The decision over all checks, as soon as there is one. With `any`, one ready is enough and only all failed is failed. */
export function verdict(states: readonly CheckState[], any: boolean): 'ready' | 'failed' | undefined {
  const ready = states.filter((state) => state === 'ready').length
  const failed = states.filter((state) => state === 'failed').length
  if (any ? ready > 0 : ready === states.length) return 'ready'
  if (any ? failed === states.length : failed > 0) return 'failed'
  return undefined
}

/** The exit code of an outcome; `signal` is the number of the one that ended the wait. */
export function exitCode(outcome: Outcome, signal = 0): number {
  switch (outcome) {
    case 'ready':
      return 0
    case 'not-ready':
      return 1
    case 'failed':
      return 3
    case 'timeout':
      return 124
    case 'interrupted':
      return 128 + signal
  }
}
