import { UsageError } from './usage-error.ts'

/** The part of JSON Schema (draft 2020-12) that options are described with. */
export interface JsonSchema {
  readonly type?: string | readonly string[]
  readonly enum?: readonly (string | number | boolean)[]
  readonly pattern?: string
  readonly minimum?: number
  readonly description?: string
}

/** An option of a check, declared once: help, validation and JSON Schema are made from it. */
export interface OptionSpec<V> {
  readonly summary: string
  /** How the value is written in help (`list`); absent for an option that takes none (`insecure`). */
  readonly placeholder?: string
  /** Reads one value; throws `UsageError` whose message goes on after the option's name: "must be …". */
  readonly parse: (text: string) => V
  readonly schema: JsonSchema
  /** May be given several times. */
  readonly repeats: boolean
  /** The value may hold a secret: it is never shown. */
  readonly secret?: boolean
}

// biome-ignore lint/suspicious/noExplicitAny: the one place where options of every value type stand side by side
export type OptionSet = Readonly<Record<string, OptionSpec<any>>>

/** The parsed values of an option set: what was not given is absent. */
export type OptionValues<O extends OptionSet> = {
  readonly [K in keyof O]?: O[K] extends OptionSpec<infer V> ? V : never
}

type Declaration<V> = Omit<OptionSpec<V>, 'repeats' | 'schema'> & {
  readonly schema?: JsonSchema
}

/** A number need not be quoted in YAML to be a text: `status: 200`. */
const TEXT: JsonSchema = { type: ['string', 'number'] }

/** Declares an option with a value. */
export function option<V>(declaration: Declaration<V>): OptionSpec<V> {
  return { schema: TEXT, ...declaration, repeats: false }
}

/** Declares an option that may be given several times; `parse` is given one text and its value is a list of one. */
export function repeatedOption<V>(declaration: Declaration<V>): OptionSpec<readonly V[]> {
  const { parse, ...rest } = declaration
  return {
    schema: TEXT,
    ...rest,
    parse: (text) => [parse(text)],
    repeats: true,
  }
}

/** The ways in which people switch something on or off, most of all in variables. */
const ON = ['', 'true', '1', 'yes', 'on']
export const OFF: readonly string[] = ['false', '0', 'no', 'off']

/** Declares an option that is on when it is named: `insecure`, `insecure=true`, `insecure=false`. */
export function flagOption(summary: string): OptionSpec<boolean> {
  return {
    summary,
    schema: { type: 'boolean' },
    repeats: false,
    parse(text) {
      const word = text.toLowerCase()
      if (ON.includes(word)) return true
      if (OFF.includes(word)) return false
      throw new UsageError('takes no value (or true or false)')
    },
  }
}

/** Declares an option whose value is one of a few words. */
export function choiceOption<const V extends string>(summary: string, words: readonly V[]): OptionSpec<V> {
  return option<V>({
    summary,
    placeholder: words.join('|'),
    schema: { enum: words },
    parse(text) {
      const word = words.find((candidate) => candidate === text)
      if (word === undefined) throw new UsageError(`must be ${words.join(' or ')}`)
      return word
    },
  })
}

/** Reads a whole number of at least `min`. */
export function wholeNumber(text: string, min: number): number {
  if (!/^\d{1,15}$/.test(text) || Number(text) < min)
    throw new UsageError(`must be a whole number of at least ${min}`)
  return Number(text)
}

/** Reads a text that may not be empty. */
export function nonEmpty(text: string): string {
  if (text === '') throw new UsageError('must not be empty')
  return text
}
