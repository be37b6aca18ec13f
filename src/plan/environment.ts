import { from, type Given, type GivenTarget, type Source } from './source.ts'

/** The variable of a flag: `READYWHEN_ATTEMPT_TIMEOUT` for `--attempt-timeout`. */
export function variableName(flag: string): string {
  return `READYWHEN_${flag.toUpperCase().replaceAll('-', '_')}`
}

/** Flags with their variables. */
export type Variables = readonly { readonly flag: string; readonly variable: string }[]

export function variablesOf(flags: readonly string[]): Variables {
  return flags.map((flag) => ({ flag, variable: variableName(flag) }))
}

/**
 * What the environment says: one variable a flag. An empty variable says nothing, as a Helm value left blank does.
 * @param split takes the list of a kind apart
 */
export function readEnvironment(
  env: Readonly<Record<string, string | undefined>>,
  settingVariables: Variables,
  kindVariables: Variables,
  split: (kind: string, text: string) => readonly string[],
): Source {
  const settings = new Map<string, Given>()
  for (const { flag, variable: origin } of settingVariables) {
    const text = env[origin]?.trim()
    if (text) settings.set(flag, { text, origin })
  }
  const targets: GivenTarget[] = []
  for (const { flag: kind, variable: origin } of kindVariables) {
    const list = env[origin]?.trim()
    if (list) targets.push(...readList(kind, origin, list, (text) => split(kind, text)))
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

/** Splits a list by white space. */
export function splitByWhiteSpace(text: string): readonly string[] {
  return text.split(/\s+/).filter((part) => part !== '')
}
