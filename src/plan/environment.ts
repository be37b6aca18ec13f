import type { Given, GivenTarget, Source } from './source.ts'

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
    for (const text of split(list)) targets.push({ kind, text, origin, options: [] })
  }
  return { targets, settings }
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
