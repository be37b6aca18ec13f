import process from 'node:process'
import { isatty } from 'node:tty'
import { showPath } from '../plan/mounted-file.ts'
import type { Plan } from '../plan/plan.ts'
import type { Settings } from '../plan/settings.ts'
import { type Terminal, terminalTraits } from './colour.ts'
import { leaveLastWords } from './last-words.ts'
import { flushLog, log, print } from './output.ts'
import { describePlan } from './plan.ts'
import type { Reporter } from './reporter.ts'
import { makeReporters } from './reporters.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** Prints what would be waited for, and what would be become then, with secrets masked. */
export function printPlan(plan: Plan, command?: readonly string[]): void {
  const checks = plan.checks.map(({ identity, shownOptions, awaits = [] }) => ({
    ...identity,
    options: shownOptions,
    ...(awaits.length > 0 && { awaits: awaits.map(showPath) }),
  }))
  const [name, ...rest] = command ?? []
  const becomes = name === undefined ? undefined : { name, arguments: rest.length }
  print(describePlan({ checks, settings: plan.shownSettings, command: becomes }, plan.settings.log))
}

/**
 * The reporters of one wait, for this process's stderr and for the kubelet. `process.stderr` is touched only where it
 * is a terminal: Node would make a pipe non-blocking for every process that shares it.
 */
export function reportersFor(plan: Plan, env: Environment, commandFollows: boolean): Reporter {
  const { live, colour } = terminalTraits(env, terminal())
  const reporter = makeReporters({
    ...logSettings(plan.settings),
    tty: live,
    colour,
    columns: () => process.stderr.columns || 80,
    rows: () => process.stderr.rows || 24,
    write: log,
    now: () => new Date(),
    leave: leaveLastWords,
    commandFollows,
  })
  return {
    on: reporter.on,
    close() {
      reporter.close()
      // A command may take the process over next: what is held back would be lost.
      flushLog()
    },
  }
}

function terminal(): Terminal {
  const isTty = isatty(2)
  const { columns = 0, rows = 0 } = isTty ? process.stderr : {}
  return { isTty, columns, rows, pid: process.pid }
}

type LogSettings = Pick<Settings, 'log' | 'quiet' | 'verbose' | 'once'>

function logSettings({ log, quiet, verbose, once }: Settings): LogSettings {
  return { log, quiet, verbose, once }
}
