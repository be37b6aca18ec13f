import { readFileSync } from 'node:fs'
import type { AnyKind, ParseContext } from '../checks/kind.ts'
import { kindsInEnvironment, readEnvironment, splitByWhiteSpace, variableName } from './environment.ts'
import { readMounted } from './mounted-file.ts'
import { makePlan, type Plan } from './plan.ts'
import { settings } from './settings.ts'
import type { Source } from './source.ts'
import { UsageError } from './usage-error.ts'

type Environment = Readonly<Record<string, string | undefined>>
type Loaders = Readonly<Record<string, () => Promise<{ readonly default: AnyKind }>>>

/**
 * Makes the plan from the command line, the variables and the configuration file, in this order of strength. Only
 * the kinds that are used are loaded. Throws `UsageError`; touches files, never the network.
 */
export async function loadPlan(
  commandLine: Source,
  config: string | undefined,
  env: Environment,
  loaders: Loaders,
): Promise<Plan> {
  const context: ParseContext = { env, readFile: readMounted }
  const names = Object.keys(loaders)
  const settingNames = Object.keys(settings)
  const fromFile = await readConfigFile(config ?? env[variableName('config')]?.trim(), names, settingNames)
  const used = new Set([
    ...commandLine.targets.map((target) => target.kind),
    ...kindsInEnvironment(env, names),
    ...fromFile.targets.map((target) => target.kind),
  ])
  const kinds: Record<string, AnyKind> = {}
  const lists: Record<string, (text: string) => readonly string[]> = {}
  for (const [name, load] of Object.entries(loaders)) {
    if (!used.has(name)) continue
    const kind = (await load()).default
    kinds[name] = kind
    lists[name] = kind.splitList ?? splitByWhiteSpace
  }
  const given = new Set(commandLine.targets.map((target) => target.kind))
  const variables = readEnvironment(env, settingNames, lists)
  // A flag beats a variable: targets of a kind that the command line names are not looked for in its variable.
  const targets = variables.targets.filter((target) => !given.has(target.kind))
  if (commandLine.targets.length + targets.length + fromFile.targets.length === 0) {
    const flags = names.map((name) => `--${name}`).join(', ')
    throw new UsageError(`nothing to wait for: name at least one target with ${flags} (see --help)`)
  }
  return makePlan([commandLine, { ...variables, targets }, fromFile], kinds, context)
}

async function readConfigFile(
  path: string | undefined,
  kinds: string[],
  settingNames: string[],
): Promise<Source> {
  if (!path) return { targets: [], settings: new Map() }
  const { readConfig } = await import('./config-file.ts')
  return readConfig(readTextFile(path), path, { kinds, settings: settingNames })
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
