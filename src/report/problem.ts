import { mask, type Secret } from '../plan/secret.ts'
import { standardError } from './sink.ts'
import { oneLine } from './width.ts'

const REPORT_TO = 'https://github.com/readywhen/readywhen/issues'

/** What stands in the way (a mistake in the command line, a command that cannot be run), in one line. */
export function problemLine(message: string): string {
  return `readywhen: ${oneLine(message)}\n`
}

/**
 * A mistake of ours: what happened and where to report it, with the stack only when it is asked for. The error can hold
 * anything, a target with its password too, so every secret that is known is masked.
 */
export function bugProblem(error: unknown, verbose: boolean, secrets: readonly Secret[]): string {
  const message = error instanceof Error ? error.message || error.name : String(error)
  const asked = `this is a bug in readywhen: ${oneLine(mask(message, secrets))}; please report it at ${REPORT_TO}`
  const stack = error instanceof Error ? (error.stack ?? '') : ''
  const frames = stack.split('\n').filter((line) => /^\s*at /.test(line))
  const shown = verbose ? frames.map((line) => `    ${oneLine(mask(line, secrets))}\n`) : []
  return `readywhen: ${asked}\n${shown.join('')}`
}

/** A bug can show up anywhere, where the plan is out of reach; so its secrets are left here as soon as they are known. */
let known: readonly Secret[] = []

/** Says what must not appear in the report of a bug. */
export function keepOutOfReports(secrets: readonly Secret[]): void {
  known = secrets
}

/** Tells the user what stands in the way, in one line on standard error. */
export function reportProblem(message: string): void {
  standardError.write(problemLine(message))
}

/** Tells the user of a bug of ours, on standard error, right before the end. */
export function reportBug(error: unknown, verbose: boolean): void {
  standardError.write(bugProblem(error, verbose, known))
  standardError.flush()
}

/** Tells the user of a mistake in the command line, a variable or the configuration file. */
export const reportUsageError = reportProblem
