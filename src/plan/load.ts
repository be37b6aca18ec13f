import { readFileSync } from 'node:fs'
import type { AnyKind } from '../checks/kind.ts'
import { readEnvironment, splitByWhiteSpace, variableName, variablesOf } from './environment.ts'
import { readMounted } from './mounted-file.ts'
import { makePlan, type Plan } from './plan.ts'
import { settings } from './settings.ts'
import type { Source } from './source.ts'
import { UsageError } from './usage-error.ts'

type Environment = Readonly<Record<string, string | undefined>>
type Kinds = Readonly<Record<string, AnyKind>>

/**
 * Makes a plan from the command line, the variables and the configuration file, in this order of strength. Throws
 * `UsageError`; touches files, never the network.
 */
export type LoadPlan = (commandLine: Source, config: string | undefined, env: Environment) => Promise<Plan>

const NOTHING: Source = { targets: [], settings: new Map() }
const SETTING_NAMES = Object.keys(settings)
const SETTING_VARIABLES = variablesOf(SETTING_NAMES)
const CONFIG_VARIABLE = variableName('config')

/** Makes what loads plans of these kinds. */
export function planLoader(kinds: Kinds): LoadPlan {
  const names = Object.keys(kinds)
  const kindVariables = variablesOf(names)
  const split = (kind: string, text: string): readonly string[] =>
    (kinds[kind]?.splitList ?? splitByWhiteSpace)(text)

  return async (commandLine, config, env) => {
    const path = config ?? env[CONFIG_VARIABLE]?.trim()
    const fromFile = path ? await readConfigFile(path, names) : NOTHING
    const variables = readEnvironment(env, SETTING_VARIABLES, kindVariables, split)
    // A flag beats a variable: targets of a kind that the command line names are not looked for in its variable.
    const given = new Set(commandLine.targets.map(({ kind }) => kind))
    const targets = variables.targets.filter(({ kind }) => !given.has(kind))
    if (commandLine.targets.length + targets.length + fromFile.targets.length === 0) {
      const flags = names.map((name) => `--${name}`).join(', ')
      throw new UsageError(`nothing to wait for: name at least one target with ${flags} (see --help)`)
    }
    return makePlan([commandLine, { ...variables, targets }, fromFile], kinds, { env, readFile: readMounted })
  }
}

async function readConfigFile(path: string, kinds: readonly string[]): Promise<Source> {
  // its package is large and seldom needed: on Node it is loaded only then
  const { readConfig } = await import('./config-file.ts')
  return readConfig(readTextFile(path), path, { kinds, settings: SETTING_NAMES })
}

/** Reads a file whole, as UTF-8 text; it may be a pipe, such as a shell makes of `<(…)`. Throws `UsageError` in words. */
export function readTextFile(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? ''
    // The content may have been given in place of its path.
    const shown = /^[\w./ -]{1,1000}$/.test(path) ? path : 'the configuration file'
    const words: Record<string, string> = {
      ENOENT: 'there is no such file',
      ENOTDIR: 'there is no such file',
      EACCES: 'permission denied',
      EISDIR: 'it is a directory',
    }
    throw new UsageError(`cannot read ${shown}: ${words[code] ?? code}`)
  }
}
