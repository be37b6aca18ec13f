import { readFileSync } from 'node:fs'
import process from 'node:process'
import { variableName } from '../plan/environment.ts'
import { OFF } from '../plan/option.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** What the plan says, once there is one. */
let planned: boolean | undefined

/** Tells whether the plan asks once, before anything else is done with it. */
export function keepProbe(once: boolean): void {
  planned = once
}

/** Whether this process is a probe: one attempt each (`--once`), asked again and again while somebody's app runs. */
export function isProbe(): boolean {
  return planned ?? looksLikeProbe(process.argv.slice(2), process.env)
}

/**
 * Looks for `once` literally, for a command line, variables or a file that cannot be read: a probe with a mistake is a
 * probe. In doubt it is one.
 */
export function looksLikeProbe(argv: readonly string[], env: Environment): boolean {
  const dashes = argv.indexOf('--')
  const own = dashes < 0 ? argv : argv.slice(0, dashes)
  if (own.some((argument) => /^--?once(=|$)/.test(argument))) return true
  const variable = env[variableName('once')]?.trim().toLowerCase() ?? ''
  if (variable !== '') return !OFF.includes(variable)
  const flag = own.findLastIndex((argument) => /^--config(=|$)/.test(argument))
  const config = /^--config=(.*)$/s.exec(own[flag] ?? '')?.[1] ?? own[flag + 1]
  return isOnceInFile(flag < 0 ? env[variableName('config')]?.trim() : config)
}

function isOnceInFile(path: string | undefined): boolean {
  if (path === undefined || path === '') return false
  try {
    const word = /(?:^|[{,])\s*["']?once["']?\s*:\s*["']?(\w+)/m.exec(readFileSync(path, 'utf8'))?.[1]
    return word !== undefined && !OFF.includes(word.toLowerCase())
  } catch {
    return false
  }
}
