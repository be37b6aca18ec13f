import pRetry, { AbortError } from 'p-retry'
import type { Plan, PlannedCheck } from '../plan/plan.ts'
import { type FinishedAttempt, runAttempt } from './attempt.ts'
import { loginDelay, nextAttemptAt } from './backoff.ts'
import { type Clock, sleep } from './clock.ts'
import type { CpuLimit } from './cpu-limit.ts'
import type { CheckStatus, Outcome, WaitEvent } from './event.ts'
import { Gate } from './gate.ts'
import { advance, beginning, graceLeft, isChange, isDecided, type Progress, type Rules } from './progress.ts'
import { Turns } from './turns.ts'
import { verdict } from './verdict.ts'

/** Attempts in flight at most: enough for any pod, few enough for a small limit of memory. */
const WIDTH = 128
const HEARTBEAT_MS = 15_000

/** What the engine has of the outside world. */
export interface Surroundings {
  readonly clock: Clock
  /** Numbers from 0 to 1. */
  random(): number
  emit(event: WaitEvent): void
  /** What bounds this process's time on the processor; asked only when it stood still. */
  cpuLimit?(): CpuLimit | undefined
  /** Aborted by a signal of the operating system. */
  readonly interrupt: AbortSignal
}

/** One check and where it stands. */
interface Running {
  readonly check: PlannedCheck
  readonly rules: Rules
  progress: Progress
  decidedAt: number | undefined
}

/**
 * Waits for all checks of a plan at once, until they are ready, one has failed, time is up or a signal comes.
 * Rejects only on a bug. When it resolves, nothing of it is left running.
 */
export async function wait(plan: Plan, surroundings: Surroundings): Promise<Outcome> {
  const { clock, emit, interrupt } = surroundings
  const { settings } = plan
  const started = clock.now()
  const stop = new AbortController()
  const gate = new Gate(WIDTH)
  const turns = new Turns(clock)
  let outcome: Outcome | undefined
  const end = (how: Outcome): void => {
    outcome ??= how
    stop.abort()
  }
  const running = plan.checks.map((check): Running => {
    const rules = {
      // Asked each time: they may stand in a file that comes later.
      get successes() {
        return check.successes
      },
      get untilDown() {
        return check.untilDown
      },
      graceMs: settings.grace,
      once: settings.once,
    }
    return { check, rules, progress: beginning, decidedAt: undefined }
  })
  const status = (one: Running): CheckStatus => ({
    check: one.check.identity,
    state: one.progress.state,
    attempts: one.progress.attempts,
    elapsedMs: (one.decidedAt ?? clock.now()) - started,
    failure: one.progress.failure,
    detail: one.progress.detail,
  })

  /** One attempt of a check; true once no more are needed. */
  const attempt = async (one: Running): Promise<boolean> => {
    const { check, rules } = one
    const run = (): Promise<FinishedAttempt> =>
      runAttempt(check.target, check.attemptTimeoutMs, clock, stop.signal, surroundings.cpuLimit)
    const finished = await gate.run(() => turns.run(run, stop.signal), stop.signal)
    const before = one.progress
    // An attempt that the end of the wait cut short says nothing, unless there is nothing else to say.
    if (finished.cut && before.failure !== undefined) return true
    one.progress = advance(
      before,
      finished.result,
      finished.cut ? { ...rules, untilDown: false } : rules,
      clock.now(),
    )
    const failure = finished.result.ready ? undefined : finished.result.failure
    if (finished.cut) return true
    if (failure?.code === 'EMFILE' || failure?.code === 'ENFILE') gate.narrow()
    emit({
      type: 'attempt',
      status: status(one),
      tookMs: finished.tookMs,
      failure: one.progress.failure,
    })
    if (isDecided(one.progress, rules)) {
      one.decidedAt = clock.now()
      emit({ type: 'result', status: status(one) })
      const decision = verdict(
        running.map((each) => each.progress.state),
        settings.any,
      )
      if (decision !== undefined) end(decision)
      return true
    }
    if (isChange(before, one.progress)) emit({ type: 'change', status: status(one) })
    return false
  }

  const pause = (one: Running): Promise<void> => {
    const now = clock.now()
    const { attempts, failure } = one.progress
    const { random } = surroundings
    const left = graceLeft(one.progress, one.rules, now) ?? Number.POSITIVE_INFINITY
    const delay = failure?.rejectsLogin
      ? loginDelay(settings.backoff, random, left)
      : Math.min(nextAttemptAt(now, attempts, settings.backoff, random) - now, left)
    return sleep(clock, delay, stop.signal)
  }

  const loop = async (one: Running): Promise<void> => {
    const tryAgain = new Error('not decided yet')
    await pRetry(
      async () => {
        try {
          if (await attempt(one)) return
        } catch (bug) {
          if (stop.signal.aborted) return
          throw new AbortError(bug instanceof Error ? bug : new Error(String(bug)))
        }
        throw tryAgain
      },
      {
        retries: Number.POSITIVE_INFINITY,
        minTimeout: 0,
        onFailedAttempt: () => pause(one),
        signal: stop.signal,
      },
    ).catch((error: unknown) => {
      if (!stop.signal.aborted) throw error
    })
  }

  const cancelDeadline =
    settings.timeout === 0 ? undefined : clock.after(settings.timeout, () => end('timeout'))
  let cancelHeartbeat: (() => void) | undefined
  const scheduleHeartbeat = (): void => {
    cancelHeartbeat = clock.after(HEARTBEAT_MS, () => {
      const pending = running.filter((one) => one.decidedAt === undefined).map(status)
      emit({
        type: 'heartbeat',
        pending,
        total: running.length,
        elapsedMs: clock.now() - started,
      })
      scheduleHeartbeat()
    })
  }
  const onInterrupt = (): void => end('interrupted')
  interrupt.addEventListener('abort', onInterrupt, { once: true })
  if (interrupt.aborted) end('interrupted')
  try {
    emit({ type: 'start', statuses: running.map(status) })
    scheduleHeartbeat()
    await Promise.all(running.map(loop))
  } finally {
    cancelDeadline?.()
    cancelHeartbeat?.()
    interrupt.removeEventListener('abort', onInterrupt)
    stop.abort()
  }
  const ended = settings.once && outcome === 'timeout' ? 'not-ready' : (outcome ?? 'not-ready')
  for (const one of running) if (one.decidedAt === undefined) emit({ type: 'result', status: status(one) })
  emit({
    type: 'end',
    outcome: ended,
    statuses: running.map(status),
    elapsedMs: clock.now() - started,
  })
  return ended
}
