import { type CommonValues, commonOptions } from './common-options.ts'
import type { OptionSet, OptionSpec } from './option.ts'
import { Secret } from './secret.ts'
import { holdsSecretPair } from './separators.ts'
import { didYouMean, nearest } from './suggest.ts'
import { safeToName, safeToQuote, type TargetText, type WrittenOption } from './target-text.ts'
import { UsageError } from './usage-error.ts'

/** The options of one check: those all kinds have, those of its own kind, and how they are shown. */
export interface CheckOptions {
  readonly common: CommonValues
  readonly own: Readonly<Record<string, unknown>>
  readonly shown: Readonly<Record<string, string>>
  readonly secrets: readonly Secret[]
}

/** What can be repeated of a value that could not be read: more may be the beginning of something else. */
const PLAIN = /^[\w.,+-]{1,40}$/

/** Parses the options of one check by the declarations of its kind. Throws `UsageError` that names the option. */
export function parseCheckOptions(kind: string, declared: OptionSet, text: TargetText): CheckOptions {
  const common: Record<string, unknown> = {}
  const own: Record<string, unknown> = {}
  const shown: Record<string, string> = {}
  const secrets: Secret[] = []
  for (const written of text.options) {
    const isOwn = Object.hasOwn(declared, written.name)
    const spec = isOwn ? declared[written.name] : commonSpec(written.name)
    if (spec === undefined) throw unknownOption(kind, declared, text, written)
    if (!spec.secret && holdsSecretPair(written.written ?? '')) {
      throw new UsageError(
        `option ${written.name} goes on with what looks like a password (a ; that belongs to it is written %3B)`,
      )
    }
    const values = isOwn ? own : common
    const value = parseValue(spec, written, safeToQuote(text))
    const earlier = values[written.name]
    values[written.name] =
      spec.repeats && Array.isArray(earlier) ? [...earlier, ...(value as unknown[])] : value
    const label = spec.secret ? '***' : written.value
    shown[written.name] = spec.repeats && Array.isArray(earlier) ? `${shown[written.name]}, ${label}` : label
    if (spec.secret && written.value !== '') secrets.push(new Secret(written.value))
  }
  return { common: common as CommonValues, own, shown, secrets }
}

function commonSpec(name: string): OptionSpec<unknown> | undefined {
  return Object.hasOwn(commonOptions, name) ? commonOptions[name as keyof typeof commonOptions] : undefined
}

function parseValue(spec: OptionSpec<unknown>, written: WrittenOption, mayQuote: boolean): unknown {
  try {
    return spec.parse(written.value)
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    const quoted = mayQuote && !spec.secret && PLAIN.test(written.value)
    const value = quoted ? `=${JSON.stringify(written.value)}` : ''
    throw new UsageError(`option ${written.name}${value} ${error.message}`)
  }
}

function unknownOption(
  kind: string,
  declared: OptionSet,
  text: TargetText,
  written: WrittenOption,
): UsageError {
  const names = [...Object.keys(declared), ...Object.keys(commonOptions)]
  const known = `${kind} has ${names.join(', ')}`
  if (!safeToName(text, written, nearest(written.name, names) !== undefined)) {
    return new UsageError(
      `has text behind a "#" that is none of its options (a # of the target is written %23); ${known}`,
    )
  }
  return new UsageError(`has an unknown option "${written.name}"${didYouMean(written.name, names)}; ${known}`)
}
