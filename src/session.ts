import process from 'node:process'
import { kinds } from './checks/index.ts'
import type { Request } from './cli.ts'
import { become, type CannotRun } from './command/become.ts'
import { planLoader } from './plan/load.ts'
import type { Plan } from './plan/plan.ts'
import { printPlan, reportersFor } from './report/console.ts'
import { keepSecret, reportProblem } from './report/output.ts'
import { keepProbe } from './report/probe.ts'
import type { Reporter } from './report/reporter.ts'
import { systemClock } from './wait/clock.ts'
import { readCpuLimit } from './wait/cpu-limit.ts'
import type { Outcome } from './wait/event.ts'
import { exitCode } from './wait/verdict.ts'
import { wait } from './wait/wait.ts'

/** The signals that end a wait, with their numbers on Linux: the exit code is 128 + n. */
const SIGNALS = Object.entries({ SIGHUP: 1, SIGINT: 2, SIGQUIT: 3, SIGTERM: 15 })

const loadPlan = planLoader(kinds)

/** Plans, waits, and becomes the command if there is one; gives the exit code. Throws `UsageError` before any contact. */
export async function waitThenBecome(request: Request & { readonly action: 'wait' }): Promise<number> {
  const plan = await loadPlan(request.source, request.config, process.env)
  keepSecret(plan.secrets)
  keepProbe(plan.settings.once)
  if (plan.settings['dry-run']) {
    printPlan(plan, request.command)
    return 0
  }
  const reporter = reportersFor(plan, process.env, request.command !== undefined)
  const { outcome, signal } = await waitForSignalOrEnd(plan, reporter)
  if (outcome !== 'ready' || request.command === undefined) return exitCode(outcome, signal)
  const failed: CannotRun = become(request.command, process.env)
  reportProblem(failed.reason)
  return failed.exitCode
}

async function waitForSignalOrEnd(
  plan: Plan,
  reporter: Reporter,
): Promise<{ outcome: Outcome; signal: number }> {
  const interrupt = new AbortController()
  let signal = 0
  const listeners = SIGNALS.map(([name, number]) => {
    const listener = (): void => {
      signal = number
      interrupt.abort()
    }
    process.on(name, listener)
    return () => process.off(name, listener)
  })
  try {
    const outcome = await wait(plan, {
      clock: systemClock,
      random: Math.random,
      emit: (event) => reporter.on(event),
      interrupt: interrupt.signal,
      cpuLimit: readCpuLimit,
    })
    return { outcome, signal }
  } finally {
    reporter.close()
    for (const remove of listeners) remove()
  }
}
