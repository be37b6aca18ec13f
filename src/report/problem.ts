import { mask, type Secret } from '../plan/secret.ts'
import { oneLine } from './width.ts'

const REPORT_TO = 'https://github.com/readywhen/readywhen/issues'

/** What stands in the way (a mistake in the command line, a command that cannot be run), in one line. */
export function usageProblem(message: string): string {
  return `readywhen: ${oneLine(message)}\n`
}

/**
 * A mistake of ours: what happened and where to report it, with the stack only when it is asked for. The error can hold
 * anything, a target with its password too, so every secret that is known is masked.
 */
export function bugProblem(error: unknown, verbose: boolean, secrets: readonly Secret[]): string {
  const message = error instanceof Error ? error.message || error.name : whatWasThrown(error)
  const asked = `this is a bug in readywhen: ${oneLine(mask(message, secrets))}; please report it at ${REPORT_TO}`
  const stack = error instanceof Error ? (error.stack ?? '') : ''
  const frames = stack.split('\n').filter((line) => /^\s*at /.test(line))
  const shown = verbose ? frames.map((line) => `    ${oneLine(mask(line, secrets))}\n`) : []
  return `readywhen: ${asked}\n${shown.join('')}`
}

function whatWasThrown(thrown: unknown): string {
  return typeof thrown === 'object' && thrown !== null ? 'something that is not an error' : String(thrown)
}
