import type { AnyKind, BoundTarget, ParseContext } from '../checks/kind.ts'
import type { CheckIdentity } from '../wait/event.ts'
import { parseCheckOptions } from './check-options.ts'
import { formatDuration } from './duration.ts'
import type { OptionSpec } from './option.ts'
import { maskUnparsed, type Secret } from './secret.ts'
import { type SettingName, type Settings, settings as settingSpecs } from './settings.ts'
import { from, type Given, type GivenTarget, type Source } from './source.ts'
import { splitTargetText, type TargetText } from './target-text.ts'
import { UsageError } from './usage-error.ts'

/** One thing to wait for, ready to be run. */
export interface PlannedCheck {
  readonly identity: CheckIdentity
  readonly target: BoundTarget
  /** Bound of one attempt, in milliseconds. */
  readonly attemptTimeoutMs: number
  readonly successes: number
  /** Ready when it is *not* answering. */
  readonly untilDown: boolean
  /** The options as they may be shown, by name. */
  readonly shownOptions: Readonly<Record<string, string>>
}

/** What to wait for, and how: the whole of the user's will, validated. */
export interface Plan {
  readonly checks: readonly PlannedCheck[]
  readonly settings: Settings
  readonly shownSettings: Readonly<Record<string, string>>
  readonly secrets: readonly Secret[]
}

/** Puts the sources together. A setting comes from the first source that gives it; targets add up. */
export function makePlan(
  sources: readonly Source[],
  kinds: Readonly<Record<string, AnyKind>>,
  context: ParseContext,
): Plan {
  const given = new Map<string, Given>()
  for (const source of [...sources].reverse())
    for (const [name, value] of source.settings) given.set(name, value)
  const settings = parseSettings(given)
  const targets = sources.flatMap((source) => source.targets)
  const checks = targets.map((target) => planCheck(target, kinds, settings, context))
  const shownSettings = Object.fromEntries(
    Object.entries(settingSpecs).map(([name, spec]) => [name, given.get(name)?.text ?? spec.default]),
  )
  return {
    checks,
    settings,
    shownSettings,
    secrets: checks.flatMap((check) => check.target.secrets),
  }
}

/** Parses the settings that were given, and the defaults of the others. */
export function parseSettings(given: ReadonlyMap<string, Given>): Settings {
  const parsed: Partial<Record<SettingName, unknown>> = {}
  for (const [name, spec] of Object.entries(settingSpecs)) {
    const { text, origin } = given.get(name) ?? {
      text: spec.default,
      origin: `--${name}`,
    }
    const value = text === '' || text === 'true' ? '' : ` ${JSON.stringify(text)}`
    parsed[name as SettingName] = from(`${origin}${value}`, () => (spec as OptionSpec<unknown>).parse(text))
  }
  const result = parsed as Settings
  if (result.quiet && result.verbose) throw new UsageError('--quiet and --verbose exclude each other')
  return result
}

function planCheck(
  given: GivenTarget,
  kinds: Readonly<Record<string, AnyKind>>,
  settings: Settings,
  context: ParseContext,
): PlannedCheck {
  const kind = kinds[given.kind]
  if (kind === undefined) throw new Error(`kind ${given.kind} is not loaded`)
  const origin = given.origin.startsWith('--') ? given.origin : `${given.origin}:`
  const where = `${origin} ${maskUnparsed(given.text)}`.trimEnd()
  return from(where, () => {
    const text = readTargetText(given, context)
    if (text.target === '') throw new UsageError(`has an empty target: write ${kind.placeholder}`)
    const options = parseCheckOptions(given.kind, kind.options, text)
    const target = kind.bind(text.target, options.own, context)
    const { name, timeout, successes, until } = options.common
    return {
      identity: { kind: given.kind, target: target.shown, name },
      target: { ...target, secrets: [...target.secrets, ...options.secrets] },
      attemptTimeoutMs: timeout ?? settings['attempt-timeout'],
      successes: successes ?? settings.successes,
      untilDown: until === 'down',
      shownOptions: {
        timeout: formatDuration(timeout ?? settings['attempt-timeout']),
        ...options.shown,
      },
    }
  })
}

/** The target with its options; `@path` stands for the content of that file, whose options the outer ones override. */
function readTargetText(given: GivenTarget, context: ParseContext): TargetText {
  const outer = splitTargetText(given.text.trim())
  if (!outer.target.startsWith('@')) return { ...outer, options: [...outer.options, ...given.options] }
  const content = context.readFile(outer.target.slice(1)).replace(/\r?\n$/, '')
  if (/[\r\n]/.test(content)) throw new UsageError('must be a file of one line: the target')
  const inner = splitTargetText(content)
  return {
    target: inner.target,
    options: [...inner.options, ...outer.options, ...given.options],
  }
}
