import { nonEmpty, type OptionSpec, option } from '../plan/option.ts'
import { UsageError } from '../plan/usage-error.ts'

/** A text to be found, or a regular expression to be matched, in what a peer sends or a file holds. */
export interface Pattern {
  /** As a reason says it: `"ready"`, `/^SSH-2/`. */
  readonly shown: string
  test(text: string): boolean
}

/** Declares an option whose value is a text, or a regular expression between slashes. */
export function patternOption(summary: string): OptionSpec<Pattern> {
  return option({ summary, placeholder: 'text|/regex/', parse: parsePattern })
}

/**
 * Reads `text` or `/regex/flags` (flags `i`, `m`, `s`, `u`); throws `UsageError`. What cannot be one, such
 * as `/healthz` or `/usr/bin`, is a text.
 */
export function parsePattern(value: string): Pattern {
  const [, source, flags] = /^\/(.+)\/([dgimsuvy]*)$/s.exec(nonEmpty(value)) ?? []
  if (source === undefined || flags === undefined) {
    return { shown: `"${value}"`, test: (text) => text.includes(value) }
  }
  if (!/^[imsu]*$/.test(flags)) throw new UsageError('has flags behind its /regex/ other than i, m, s and u')
  const regex = compile(source, flags)
  return { shown: value, test: (text) => regex.test(text) }
}

function compile(source: string, flags: string): RegExp {
  try {
    return new RegExp(source, flags)
  } catch {
    // The engine's own words differ from one engine to the next.
    throw new UsageError('is not a valid /regex/')
  }
}
