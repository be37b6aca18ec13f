import { jsonLine } from './json.ts'
import { oneLine, pad } from './width.ts'

/** A plan as it may be shown: whoever makes it has masked the secrets. */
export interface ShownPlan {
  readonly checks: readonly {
    readonly kind: string
    readonly target: string
    readonly name: string | undefined
    readonly options: Readonly<Record<string, string>>
    /** Files that a part of it is read from, and that are not there yet. */
    readonly awaits?: readonly string[]
  }[]
  readonly settings: Readonly<Record<string, string>>
  /** What to become when ready. Of its arguments only the number: they are not ours, and one may be a secret. */
  readonly command?: { readonly name: string; readonly arguments: number } | undefined
}

/** Says what would be done: the checks with their options, the settings, the command; or all that as a JSON object. */
export function describePlan(plan: ShownPlan, log: 'text' | 'json'): string {
  if (log === 'json') return jsonLine(plan)
  const count = plan.checks.length
  const lines = [`would wait for ${count} ${count === 1 ? 'check' : 'checks'}:`, ...checkLines(plan)]
  // A switch that is off, and the one that brought us here, are not worth a line.
  const settings = Object.entries(plan.settings).filter(
    ([key, value]) => value !== 'false' && key !== 'dry-run',
  )
  if (settings.length > 0) lines.push('with:', ...columns(settings))
  if (plan.command !== undefined) {
    const { name, arguments: rest } = plan.command
    lines.push(
      `then become: ${oneLine(name)}${rest === 0 ? '' : ` (and ${rest} ${rest === 1 ? 'argument' : 'arguments'})`}`,
    )
  }
  return `${lines.join('\n')}\n`
}

function checkLines(plan: ShownPlan): string[] {
  const width = Math.max(...plan.checks.map(({ kind }) => kind.length))
  return plan.checks.flatMap(({ kind, target, name, options, awaits = [] }) => {
    const pairs = Object.entries({ ...(name === undefined ? {} : { name }), ...options })
    const below = pairs.map(
      ([key, value]) => pad('', width + 6) + (value === '' ? key : `${key}=${oneLine(value)}`),
    )
    const missing = awaits.map((path) => `${pad('', width + 6)}not there yet: ${oneLine(path)}`)
    return [`  ${pad(kind, width)}  ${oneLine(target)}`, ...below, ...missing]
  })
}

function columns(pairs: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...pairs.map(([key]) => key.length))
  return pairs.map(([key, value]) => `  ${pad(key, width)}  ${oneLine(value)}`.trimEnd())
}
