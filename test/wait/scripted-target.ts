import { Failure, type FailureDetail } from '../../src/checks/failure.ts'
import type { Attempt, BoundTarget, Ready } from '../../src/checks/kind.ts'
import type { Plan, PlannedCheck } from '../../src/plan/plan.ts'
import { parseSettings } from '../../src/plan/plan.ts'
import type { Clock } from '../../src/wait/clock.ts'

export const refused = new Failure({ code: 'ECONNREFUSED', reason: 'connection refused', down: true })
export const reset = new Failure({ code: 'ECONNRESET', reason: 'connection reset' })
export const password = new Failure({
  code: '28P01',
  reason: 'password rejected for user app',
  lasting: true,
  rejectsLogin: true,
})

/** Lasting, but no login that is turned down. */
export const noDatabase = new Failure({
  code: '3D000',
  reason: 'database "app" does not exist',
  lasting: true,
})

export function failure(detail: FailureDetail): Failure {
  return new Failure(detail)
}

/** What a probe does: give this, or fail so; `silent` never answers but ends when it is told to. */
export type Step = 'ready' | 'silent' | Failure | ((attempt: Attempt) => Promise<Ready>)

/** A target whose attempts go as a script says; the last step is repeated for ever. */
export class ScriptedTarget implements BoundTarget {
  readonly shown: string
  readonly secrets = []
  readonly attempts: Attempt[] = []
  /** Attempts that run now, and the most that ever ran at once. */
  running = 0
  readonly #steps: readonly Step[]

  constructor(shown: string, ...steps: Step[]) {
    this.shown = shown
    this.#steps = steps
  }

  async probe(attempt: Attempt): Promise<Ready> {
    const step = this.#steps[Math.min(this.attempts.length, this.#steps.length - 1)] ?? 'silent'
    this.attempts.push(attempt)
    this.running++
    try {
      return await perform(step, attempt)
    } finally {
      this.running--
    }
  }
}

function perform(step: Step, attempt: Attempt): Promise<Ready> {
  if (typeof step === 'function') return step(attempt)
  if (step === 'ready') return Promise.resolve({ detail: 'found' })
  if (step === 'silent') return untilAborted(attempt)
  return Promise.reject(step)
}

/** Ends only when the attempt is over, as an honest probe does. */
export function untilAborted({ signal }: Attempt): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(new Failure({ code: 'ABORTED', reason: 'aborted' })), {
      once: true,
    })
  })
}

/** A step that answers some time after the attempt began. */
export function afterMs(clock: Clock, ms: number, outcome: 'ready' | Failure): Step {
  return ({ signal }) =>
    new Promise((resolve, reject) => {
      const cancel = clock.after(ms, () => {
        signal.removeEventListener('abort', onAbort)
        if (outcome === 'ready') resolve({})
        else reject(outcome)
      })
      const onAbort = (): void => {
        cancel()
        reject(new Failure({ code: 'ABORTED', reason: 'aborted' }))
      }
      signal.addEventListener('abort', onAbort, { once: true })
    })
}

/** A plan of some targets, with settings written as a user writes them. */
export function planOf(
  targets: readonly BoundTarget[],
  given: Readonly<Record<string, string>> = {},
  rules: Partial<Pick<PlannedCheck, 'untilDown' | 'successes' | 'attemptTimeoutMs'>> = {},
): Plan {
  const settings = parseSettings(
    new Map(Object.entries(given).map(([name, text]) => [name, { text, origin: `--${name}` }])),
  )
  const checks = targets.map((target) => ({
    identity: { kind: 'tcp', target: target.shown, name: undefined },
    target,
    attemptTimeoutMs: settings['attempt-timeout'],
    successes: settings.successes,
    untilDown: false,
    shownOptions: {},
    ...rules,
  }))
  return { checks, settings, shownSettings: {}, secrets: [] }
}
