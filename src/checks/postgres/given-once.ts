import { UsageError } from '../../plan/usage-error.ts'

/**
 * Refuses a parameter that is given twice with different values, of which libpq would take the last: mostly that is a
 * second target, and the first would never be asked. `seen` holds those that were given so far.
 */
export function checkOnce(seen: Map<string, string>, name: string, value: string): void {
  const before = seen.get(name)
  if (before !== undefined && before !== value) {
    const named = /^[a-z_]{1,30}$/.test(name) ? name : 'a parameter'
    throw new UsageError(`has ${named} twice: one target a flag, or a line of the variable`)
  }
  seen.set(name, value)
}
