import { from, type Given, type GivenTarget, type Source } from './source.ts'

/** The variable of a flag: `READYWHEN_ATTEMPT_TIMEOUT` for `--attempt-timeout`. */
export function variableName(flag: string): string {
  return `READYWHEN_${flag.toUpperCase().replaceAll('-', '_')}`
}

/** What the environment says: one variable a flag. An empty variable says nothing, as a Helm value left blank does. */
export function readEnvironment(
  env: Readonly<Record<string, string | undefined>>,
  settingNames: readonly string[],
  lists: Readonly<Record<string, (text: string) => readonly string[]>>,
): Source {
  const settings = new Map<string, Given>()
  for (const name of settingNames) {
    const text = env[variableName(name)]?.trim()
    if (text)
      settings.set(name, {
        text,
        origin: variableName(name),
      })
  }
  const targets: GivenTarget[] = []
  for (const [kind, split] of Object.entries(lists)) {
    const origin = variableName(kind)
    const list = env[origin]?.trim()
    if (!list) continue
    targets.push(...readList(kind, origin, list, split))
  }
  return { targets, settings }
}

function readList(
  kind: string,
  origin: string,
  list: string,
  split: (text: string) => readonly string[],
): GivenTarget[] {
  const texts = list
    .split(/[\r\n]+/)
    .flatMap((line) =>
      from(`${origin}:`, () => split(line)).map((text, i, all) => ({ text, before: all[i - 1] })),
    )
  return texts.map(({ text, before }, i) => ({
    kind,
    text,
    origin,
    options: [],
    ...(texts.length > 1 && { listed: { number: i + 1, before } }),
  }))
}

/** The kinds whose variable is set to something, so that only those are loaded. */
export function kindsInEnvironment<K extends string>(
  env: Readonly<Record<string, string | undefined>>,
  kinds: readonly K[],
): K[] {
  return kinds.filter((kind) => env[variableName(kind)]?.trim())
}

/** Splits a list by white space. */
export function splitByWhiteSpace(text: string): readonly string[] {
  return text.split(/\s+/).filter((part) => part !== '')
}
