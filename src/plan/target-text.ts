import { decodePercent } from './percent.ts'
import { mayEndInPassword } from './secret.ts'

/** One option as it was written behind a target: `name=value`, or `name` alone with an empty value. */
export interface WrittenOption {
  readonly name: string
  readonly value: string
  /** With its percent escapes; absent where a file gives the value apart from the target. */
  readonly written?: string
}

/** A target as it was written: the part before the first `#`, and the options behind it. */
export interface TargetText {
  readonly target: string
  /** Nothing of it may be repeated in an error. */
  readonly hidden?: boolean
  readonly options: readonly WrittenOption[]
}

/**
 * Splits `target#name=value&name=value`. Values are percent-decoded (`%26` is an `&`); a `%` that starts no escape is
 * itself. A `#` of the target is written `%23`: a URL keeps it so, since its parts are decoded later; elsewhere it
 * becomes `#` here, and a `%23` that is meant is written `%2523`.
 */
export function splitTargetText(text: string): TargetText {
  const hash = text.indexOf('#')
  const target = hash < 0 ? text : text.slice(0, hash)
  const options =
    hash < 0
      ? []
      : text
          .slice(hash + 1)
          .split('&')
          .filter((part) => part !== '')
          .map(readOption)
  return {
    target: /^[a-z][a-z0-9+.-]*:\/\//i.test(target) ? target : unescapeHash(target),
    options,
  }
}

function unescapeHash(target: string): string {
  if (!target.includes('%')) return target
  return target.replace(/%((?:25)*)23/g, (_, more: string) => (more === '' ? '#' : `%${more.slice(2)}23`))
}

function readOption(part: string): WrittenOption {
  const equals = part.indexOf('=')
  if (equals < 0) return { name: part, value: '' }
  const written = part.slice(equals + 1)
  return { name: part.slice(0, equals), value: decodePercent(written), written }
}

/**
 * Whether what stands behind the `#` may be repeated in an error. A `#` in a password makes the rest of the password
 * look like options, mostly with the `@` of the host in them; `=@/path` is how a value is read from a file.
 */
export function safeToQuote(text: TargetText): boolean {
  const hasHost = text.options.some(({ name, value }) => name.includes('@') || value.lastIndexOf('@') > 0)
  return !text.hidden && !hasHost && !mayEndInPassword(text.target)
}

/** Whether the name of an option that nobody knows may be repeated: only what can hardly be a piece of a secret. */
export function safeToName(text: TargetText, option: WrittenOption, resembles: boolean): boolean {
  return safeToQuote(text) && /^[a-z][a-z-]{0,30}$/.test(option.name) && (option.value !== '' || resembles)
}
