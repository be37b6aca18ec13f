import { didYouMean } from '../../plan/suggest.ts'
import { UsageError } from '../../plan/usage-error.ts'
import { harmless, type Parameter, used } from './known-parameters.ts'

/** The connection parameters of libpq (PostgreSQL 18, 34.1.2) that readywhen acts upon. */
export type ParameterName = keyof typeof used

/** What a target, a service file or the environment says; never an empty value, which libpq takes for none. */
export type Parameters = { readonly [K in keyof typeof used | keyof typeof harmless]?: string }

const all: Readonly<Record<string, Parameter>> = { ...used, ...harmless }

/** The variables that stand in for parameters. */
export const variables: readonly { readonly name: ParameterName; readonly variable: string }[] =
  Object.entries(used as Record<string, Parameter>).flatMap(([name, { env }]) =>
    env === undefined ? [] : [{ name: name as ParameterName, variable: env }],
  )

/** The parameters whose values are secrets. */
export const secretParameters = Object.keys(all).filter((name) => all[name]?.secret) as (keyof Parameters)[]

/** Gathers parameters; the last value of a name counts. Throws `UsageError` for what libpq would not take. */
export class ParameterList {
  readonly #values: Record<string, string> = {}

  /**
   * `quotable` tells that the name, if it is unknown, can be repeated in the error: it is no part of a password that was
   * torn apart.
   */
  set(name: string, value: string, quotable = true): void {
    // As libpq still translates what was `sslmode` before version 8.
    if (name === 'requiressl') {
      this.#values['sslmode'] = value.startsWith('1') ? 'require' : 'prefer'
      return
    }
    const parameter = Object.hasOwn(all, name) ? all[name] : undefined
    if (parameter === undefined) {
      const near = didYouMean(name, Object.keys(all))
      const named = near !== '' || (quotable && /^[A-Za-z][\w-]{0,40}$/.test(name))
      throw new UsageError(
        named
          ? `has the unknown connection parameter "${name}"${near}`
          : 'has an unknown connection parameter (a value with spaces or special characters must be quoted)',
      )
    }
    checkValue(name, name, value)
    if (value !== '') this.#values[name] = value
    else delete this.#values[name]
  }

  get(): Parameters {
    return this.#values
  }
}

/** Checks a value against what its parameter takes; `origin` is how the error names it. Throws `UsageError`. */
export function checkValue(name: string, origin: string, value: string): void {
  const values = all[name]?.values
  if (value === '' || values === undefined || values.includes(value)) return
  throw new UsageError(`has an unknown ${origin}${didYouMean(value, values)}: must be ${orList(values)}`)
}

function orList(words: readonly string[]): string {
  return `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`
}
