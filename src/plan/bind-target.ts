import type { AnyKind, ParseContext } from '../checks/kind.ts'
import { parseCheckOptions } from './check-options.ts'
import type { Binding } from './file-backed.ts'
import { checkListed, LIST_NOTE } from './list-place.ts'
import { FileProblem, showPath } from './mounted-file.ts'
import { checkOneTarget } from './one-target.ts'
import type { GivenTarget } from './source.ts'
import { splitTargetText, type TargetText } from './target-text.ts'
import { describeUnread } from './unread.ts'
import { UsageError } from './usage-error.ts'

/**
 * How an error names a target: its flag, variable or place in a file, and as much of its text as can hold no secret. Of
 * what was split nothing is shown: it may be a piece of something else.
 * @param number of several that were given in one way
 */
export function whereIs(given: GivenTarget, kind: AnyKind, number: number | undefined): string {
  const shown = given.listed === undefined ? describeUnread(given.text, kind.hasCredentials ?? false) : ''
  const place = number !== undefined && !/[^*]$/.test(shown) ? `target ${number}` : shown
  const colon = !given.origin.startsWith('--') || place.startsWith('target ') ? ':' : ''
  return `${given.origin}${colon} ${place}`.trimEnd()
}

/** Makes a target of its text; `@path` stands for the content of that file. Throws `UsageError`. */
export function bindTarget(given: GivenTarget, kind: AnyKind, context: ParseContext): Binding {
  try {
    checkListed(given, kind)
    const text = readTargetText(given, kind, context)
    if (text.target === '') throw new UsageError(`has an empty target: write ${kind.placeholder}`)
    const options = parseCheckOptions(given.kind, kind.options, text)
    return { target: kind.bind(text.target, options.own, context), options }
  } catch (error) {
    const split = given.listed?.before !== undefined && error instanceof UsageError
    throw split && !(error instanceof FileProblem) ? new UsageError(error.message + LIST_NOTE) : error
  }
}

/**
 * Makes what can be made of a target before the files are there that it names, so that every other mistake is found at
 * once; their paths go into `awaits`.
 */
export function bindWithout(
  given: GivenTarget,
  kind: AnyKind,
  context: ParseContext,
  awaits: string[],
): Binding {
  const readFile = (path: string): string => {
    try {
      return context.readFile(path)
    } catch (error) {
      if (!(error instanceof FileProblem) || !error.isNotYet) throw error
      awaits.push(path)
      return ''
    }
  }
  const outer = splitTargetText(given.text.trim())
  if (!outer.target.startsWith('@') || readFile(outer.target.slice(1)) !== '') {
    return bindTarget(given, kind, { ...context, readFile })
  }
  const options = [...outer.options, ...given.options]
  const target = {
    shown: `@${showPath(outer.target.slice(1))}`,
    secrets: [],
    probe: () => Promise.reject(new Error('a target whose file is not there was probed')),
  }
  return { target, options: parseCheckOptions(given.kind, kind.options, { target: '', options }) }
}

/** The target with its options; those that stand outside of the file override those within. */
function readTargetText(given: GivenTarget, kind: AnyKind, context: ParseContext): TargetText {
  const written = given.text.trim()
  const outer = splitTargetText(written)
  if (!outer.target.startsWith('@')) {
    checkOneTarget(written, kind.next)
    const hidden = given.listed !== undefined
    return { ...outer, options: [...outer.options, ...given.options], hidden }
  }
  if (/[\s,;|]/.test(outer.target)) throw new UsageError('must be @ and the path of one file')
  const content = context.readFile(outer.target.slice(1)).trim()
  if (/[\r\n]/.test(content)) throw new UsageError('must be a file of one line: the target')
  if (content.startsWith('@'))
    throw new UsageError('must hold the target itself, not the path of another file')
  checkOneTarget(content, kind.next)
  const inner = splitTargetText(content)
  return {
    target: inner.target,
    options: [...inner.options, ...outer.options, ...given.options],
    hidden: true,
  }
}
