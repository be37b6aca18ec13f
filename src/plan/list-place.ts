import type { AnyKind } from '../checks/kind.ts'
import type { GivenTarget } from './source.ts'
import { splitTargetText } from './target-text.ts'
import { UsageError } from './usage-error.ts'

/** Says why a text was taken apart. */
export const LIST_NOTE = ' (a list is split at white space: within a target it is written %20)'

const SCHEME = /^(?:[a-z][a-z0-9+.-]*:\/\/|unix:|@)/i

/**
 * Refuses a part of a list that may be the rest of the target before it, torn off by a blank in a password or an option:
 * it would be looked up and shown. Throws `UsageError`.
 */
export function checkListed({ text, listed }: GivenTarget, kind: AnyKind): void {
  if (listed !== undefined && /[,;|]$/.test(text)) {
    throw new UsageError('ends with a separator: white space alone stands between targets')
  }
  const before = listed?.before
  if (before === undefined || SCHEME.test(text)) return
  const last = splitTargetText(before).options.at(-1)
  const secret =
    last !== undefined && Object.hasOwn(kind.options, last.name) && kind.options[last.name]?.secret
  const word = kind.hasCredentials ? !/^[a-z_]+\s*=/.test(text) : /^[^/:=]*$/.test(text)
  const bare = kind.hasCredentials && /^[^/:=#]*(?:#|$)/.test(text)
  const relative = /^\.{0,2}\//.test(before) && !/^\.{0,2}\//.test(text)
  if (secret || bare || (word && SCHEME.test(before)) || relative)
    throw new UsageError('may be the rest of the target before it')
}
