import { UsageError } from '../../plan/usage-error.ts'

/** They say where to go: another value is another target. Of the rest the last counts, as libpq has it. */
const PLACES = ['host', 'hostaddr', 'service']

/**
 * Refuses a parameter that is given twice with different values, of which libpq would take the last: that is a second
 * target, and the first would never be asked. `seen` holds those that were given so far.
 * @param names those that are looked at: in a list of targets every one
 */
export function checkOnce(
  seen: Map<string, string>,
  name: string,
  value: string,
  names: readonly string[] | 'all' = PLACES,
): void {
  const before = seen.get(name)
  if (before !== undefined && before !== value && (names === 'all' || names.includes(name))) {
    const named = /^[a-z_]{1,30}$/.test(name) ? name : 'a parameter'
    throw new UsageError(`has ${named} twice: one target a flag, or a line of the variable`)
  }
  seen.set(name, value)
}
