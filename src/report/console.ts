import process from 'node:process'
import { isatty } from 'node:tty'
import type { Plan } from '../plan/plan.ts'
import type { Secret } from '../plan/secret.ts'
import type { Settings } from '../plan/settings.ts'
import { terminalTraits } from './colour.ts'
import { describePlan } from './plan.ts'
import { bugProblem, usageProblem } from './problem.ts'
import type { Reporter } from './reporter.ts'
import { makeReporters } from './reporters.ts'
import { openSink } from './sink.ts'

type Environment = Readonly<Record<string, string | undefined>>

const output = openSink(1)
const errors = openSink(2)
/** Where Kubernetes reads a container's last words, unless the pod says otherwise (terminationMessagePath). */
const TERMINATION_LOG = '/dev/termination-log'
/** Every secret that is known so far, so that a bug cannot spell one out. */
let known: readonly Secret[] = []

/** Tells which secrets there are, before anything else is done with them. */
export function keepSecret(secrets: readonly Secret[]): void {
  known = secrets
}

/** What was asked to be printed: help, the version, a dry run. */
export function print(text: string): void {
  output.write(text)
}

/** Prints what would be waited for, and what would be become then, with secrets masked. */
export function printPlan(plan: Plan, command?: readonly string[]): void {
  const checks = plan.checks.map(({ identity, shownOptions }) => ({ ...identity, options: shownOptions }))
  const [name, ...rest] = command ?? []
  const becomes = name === undefined ? undefined : { name, arguments: rest.length }
  print(describePlan({ checks, settings: plan.shownSettings, command: becomes }, plan.settings.log))
}

/** A mistake of the user, or a command that cannot be run: one line on stderr. */
export function reportProblem(message: string): void {
  errors.write(usageProblem(message))
}

/** A mistake of ours, with its stack if that is wanted. */
export function reportBug(error: unknown, verbose: boolean): void {
  errors.write(bugProblem(error, verbose, known))
  errors.flush()
}

/**
 * The reporters of one wait, for this process's stderr and for the kubelet. `process.stderr` is touched only where it
 * is a terminal: Node would make a pipe non-blocking for every process that shares it.
 */
export function reportersFor(plan: Plan, env: Environment, commandFollows: boolean): Reporter {
  const { live, colour } = terminalTraits(env, isatty(2))
  const reporter = makeReporters({
    ...logSettings(plan.settings),
    tty: live,
    colour,
    columns: () => process.stderr.columns || 80,
    rows: () => process.stderr.rows || 24,
    write: (text) => errors.write(text),
    now: () => new Date(),
    terminationPath: env['READYWHEN_TERMINATION_LOG'] ?? TERMINATION_LOG,
    commandFollows,
  })
  return {
    on: reporter.on,
    close() {
      reporter.close()
      // A command may take the process over next: what is held back would be lost.
      errors.flush()
    },
  }
}

function logSettings({ log, quiet, verbose }: Settings): Pick<Settings, 'log' | 'quiet' | 'verbose'> {
  return { log, quiet, verbose }
}

/** Gives slow readers of stdout and stderr a last chance. */
export function flush(): void {
  output.flush()
  errors.flush()
}
