import { UsageError } from '../../plan/usage-error.ts'

/** What says which server is asked. */
const PLACES: ReadonlySet<string> = new Set(['host', 'hostaddr', 'service'])

/**
 * Refuses a second place to go to: mostly that is a second target, and the first would never be asked. Of other
 * parameters the last one counts, as with libpq. `seen` holds what was given so far.
 */
export function checkOnePlace(seen: Map<string, string>, name: string, value: string): void {
  if (PLACES.has(name)) checkOnce(seen, name, value)
}

/** Refuses a parameter that is given twice with different values: within a list, the second begins another target. */
export function checkOnce(seen: Map<string, string>, name: string, value: string): void {
  const before = seen.get(name)
  if (before !== undefined && before !== value) {
    const named = /^[a-z_]{1,30}$/.test(name) ? name : 'a parameter'
    throw new UsageError(`has ${named} twice: one target a flag, or a line of the variable`)
  }
  seen.set(name, value)
}
