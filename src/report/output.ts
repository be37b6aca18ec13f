import type { Secret } from '../plan/secret.ts'
import { leaveLastWords } from './last-words.ts'
import { bugProblem, usageProblem } from './problem.ts'
import { openSink } from './sink.ts'

const output = openSink(1)
const errors = openSink(2)
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

/** A line of the log, or a piece of the live table. */
export function log(text: string): void {
  errors.write(text)
}

/** Gives a slow reader of the log a last chance. */
export function flushLog(): void {
  errors.flush()
}

/** A mistake of the user, or a command that cannot be run: one line on stderr, which is the last word too. */
export function reportProblem(message: string): void {
  const line = usageProblem(message)
  errors.write(line)
  leaveLastWords(() => line.trimEnd(), false)
}

/** A mistake of ours, with its stack if that is wanted; the last word is the line without it. */
export function reportBug(error: unknown, verbose: boolean): void {
  errors.write(bugProblem(error, verbose, known))
  leaveLastWords(() => bugProblem(error, false, known).trimEnd(), false)
  errors.flush()
}

/** Gives slow readers of stdout and stderr a last chance. */
export function flush(): void {
  output.flush()
  errors.flush()
}
