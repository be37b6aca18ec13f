import { parseDocument } from 'yaml'
import type { Given, GivenTarget, Source } from './source.ts'
import { didYouMean } from './suggest.ts'
import { UsageError } from './usage-error.ts'

type Known = {
  readonly kinds: readonly string[]
  readonly settings: readonly string[]
}

/**
 * Reads a configuration file (YAML, and so JSON): settings by the names of their flags, and for each kind a list of
 * targets, each a string or `{target: …, option: value}`. Throws `UsageError`; what stands in the file is never
 * quoted but for its keys, since any value may be a secret.
 */
export function readConfig(text: string, path: string, known: Known): Source {
  const content = parse(text, path)
  const settings = new Map<string, Given>()
  const targets: GivenTarget[] = []
  for (const [key, value] of entries(content, path)) {
    if (key === '$schema') continue
    const origin = `${key} in ${path}`
    if (known.settings.includes(key)) {
      if (value !== null) settings.set(key, { text: scalar(value, origin), origin })
    } else if (known.kinds.includes(key)) {
      const list = Array.isArray(value) ? value : value === null ? [] : [value]
      for (const [i, item] of list.entries()) targets.push(readTarget(key, item, `${key}[${i}] in ${path}`))
    } else {
      const names = [...known.kinds, ...known.settings]
      // A colon without its blank makes a key of a whole target, password and all.
      const named = /^[\w-]{1,40}$/.test(key) ? ` ${JSON.stringify(key)}${didYouMean(key, names)}` : ''
      throw new UsageError(`${path} has an unknown key${named}; known are ${names.join(', ')}`)
    }
  }
  return { targets, settings }
}

function parse(text: string, path: string): unknown {
  // Every value stays the text it is written as: `expect: 1.10` is not 1.1. Only null keeps its meaning.
  const document = parseDocument(text, {
    schema: 'failsafe',
    customTags: ['null'],
    prettyErrors: false,
    logLevel: 'error',
  })
  const problem = document.errors[0]
  if (problem !== undefined) {
    const before = text.slice(0, problem.pos[0]).split('\n')
    const column = (before.at(-1) ?? '').length + 1
    const words = problem.code.toLowerCase().replaceAll('_', ' ')
    throw new UsageError(`${path} is not valid YAML at line ${before.length}, column ${column} (${words})`)
  }
  try {
    return document.toJS({ maxAliasCount: 100 })
  } catch {
    throw new UsageError(`${path} is not valid YAML: its aliases cannot be resolved`)
  }
}

function entries(value: unknown, origin: string): [string, unknown][] {
  if (value === null || value === undefined) return []
  if (typeof value !== 'object' || Array.isArray(value)) {
    throw new UsageError(`${origin} must hold a mapping of keys to values`)
  }
  return Object.entries(value)
}

function scalar(value: unknown, origin: string): string {
  if (typeof value !== 'string') throw new UsageError(`${origin} must be a single value`)
  return value
}

function readTarget(kind: string, item: unknown, origin: string): GivenTarget {
  if (typeof item === 'string') return { kind, text: item, origin, options: [] }
  if (item === null || typeof item !== 'object' || Array.isArray(item)) {
    throw new UsageError(`${origin} must be a target or a mapping with the key "target"`)
  }
  const { target, ...rest } = item as Record<string, unknown>
  if (typeof target !== 'string') throw new UsageError(`${origin} must have the key "target" with a text`)
  const options = Object.entries(rest).flatMap(([name, value]) => {
    const values = Array.isArray(value) ? value : [value]
    return values.map((one) => ({
      name,
      value: scalar(one, `${name} of ${origin}`),
    }))
  })
  return { kind, text: target, origin, options }
}
