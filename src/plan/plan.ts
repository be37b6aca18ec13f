import type { AnyKind, BoundTarget, ParseContext } from '../checks/kind.ts'
import type { CheckIdentity } from '../wait/event.ts'
import { bindTarget, bindWithout, whereIs } from './bind-target.ts'
import { formatDuration } from './duration.ts'
import { type Bind, type Binding, FileBackedTarget, FileNotes } from './file-backed.ts'
import { FileProblem } from './mounted-file.ts'
import type { Secret } from './secret.ts'
import { type SettingName, type SettingSpec, type Settings, settings as settingSpecs } from './settings.ts'
import { from, type Given, type GivenTarget, type Source } from './source.ts'
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
  /** Files that a part of the target will be read from, and that are not there yet. */
  readonly awaits?: readonly string[]
}

/** What to wait for, and how: the whole of the user's will, validated. */
export interface Plan {
  readonly checks: readonly PlannedCheck[]
  readonly settings: Settings
  readonly shownSettings: Readonly<Record<string, string>>
  /** Grows when a file that came late holds one. */
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
  const secrets: Secret[] = []
  const learn = (more: readonly Secret[]): void => {
    secrets.push(...more)
  }
  const checks = targets.map((target) => {
    const kind = kinds[target.kind]
    if (kind === undefined) throw new Error(`there is no kind ${target.kind}`)
    const where = (): string => {
      const same = targets.filter(({ origin }) => origin === target.origin)
      return whereIs(target, kind, same.length > 1 ? same.indexOf(target) + 1 : undefined)
    }
    return planCheck(target, where, kind, settings, context, learn)
  })
  for (const { target } of checks) learn(target.secrets)
  return {
    checks,
    settings,
    get shownSettings() {
      return Object.fromEntries(SPECS.map(([name, spec]) => [name, given.get(name)?.text ?? spec.default]))
    },
    secrets,
  }
}

const SPECS = Object.entries(settingSpecs) as [SettingName, SettingSpec<unknown>][]
const DEFAULTS = Object.fromEntries(SPECS.map(([name, spec]) => [name, spec.parse(spec.default)]))

/** Parses the settings that were given; the others have their defaults. */
export function parseSettings(given: ReadonlyMap<string, Given>): Settings {
  const parsed = { ...DEFAULTS }
  for (const [name, spec] of given.size === 0 ? [] : SPECS) {
    const setting = given.get(name)
    if (setting === undefined) continue
    const { text, origin } = setting
    // More than a word may be something else that was given by mistake.
    const value = text !== 'true' && /^[\w.,+-]{1,20}$/.test(text) ? ` ${JSON.stringify(text)}` : ''
    parsed[name] = from(`${origin}${value}`, () => spec.parse(text))
  }
  const result = parsed as Settings
  if (result.quiet && result.verbose) throw new UsageError('--quiet and --verbose exclude each other')
  return result
}

/** Makes one check. `learn` is told secrets that come to be known only while it is waited for. */
function planCheck(
  given: GivenTarget,
  where: () => string,
  kind: AnyKind,
  settings: Settings,
  context: ParseContext,
  learn: (secrets: readonly Secret[]) => void,
): PlannedCheck {
  const bind: Bind = (readFile) => from(where, () => bindTarget(given, kind, { ...context, readFile }))
  const notes = new FileNotes(context.readFile)
  const awaits: string[] = []
  let binding: Binding
  try {
    binding = bind(notes.read)
  } catch (error) {
    if (!(error instanceof FileProblem) || !error.isNotYet) throw error
    binding = from(where, () => bindWithout(given, kind, { ...context, readFile: notes.read }, awaits))
  }
  const first = { ...binding, bound: awaits.length === 0 }
  const target = new FileBackedTarget(first, notes, bind, context.readFile, learn)
  const { shown, common } = binding.options
  return {
    identity: { kind: given.kind, target: target.shown, name: common.name },
    target,
    // Options may stand in the file as well.
    get attemptTimeoutMs() {
      return target.options.common.timeout ?? settings['attempt-timeout']
    },
    get successes() {
      return target.options.common.successes ?? settings.successes
    },
    get untilDown() {
      return target.options.common.until === 'down'
    },
    get shownOptions() {
      return { timeout: formatDuration(common.timeout ?? settings['attempt-timeout']), ...shown }
    },
    awaits,
  }
}
