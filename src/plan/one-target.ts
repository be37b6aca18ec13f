import { UsageError } from './usage-error.ts'

/** A scheme in front of which something else stands than where a URL may hold another: in its path or a parameter. */
const SECOND_URL = /(?<![=/?])(?<![a-z0-9+.-])[a-z][a-z0-9+.-]*:\/\//i

/** A scheme written twice, which would make a host of the second one. */
const DOUBLE_SCHEME = /^[a-z][a-z0-9+.-]*:\/\/(?:https?|postgres(?:ql)?|rediss?|tcp|unix|file):\/\//i

function holdsSecondUrl(target: string): boolean {
  const scheme = /^[a-z][a-z0-9+.-]*:\/\//i.exec(target)?.[0].length ?? 0
  return target.includes('://', scheme) && SECOND_URL.test('/'.repeat(scheme) + target.slice(scheme))
}

/**
 * Refuses a text that holds more than one target, or one in the marks of another language: what is taken for a part of
 * the first is never asked, and the first is told its password. The error says nothing of the text.
 * @param next matches what separates targets of this kind, with the beginning of the next one
 */
export function checkOneTarget(text: string, next: RegExp | undefined): void {
  if (/^["'`\u2018\u2019\u201c\u201d]/.test(text)) {
    throw new UsageError('is in quotes: they belong to the shell or the file around it, not to the target')
  }
  if (/^(?:\{|\[(?![^\s\],"']*:[^\s\],"']*\])|-\s)/.test(text)) {
    throw new UsageError('is a list or mapping in the marks of JSON or YAML: give one target')
  }
  const hash = text.indexOf('#')
  const target = hash < 0 ? text : text.slice(0, hash)
  const schemes = target.indexOf('://') !== target.lastIndexOf('://')
  if (schemes && DOUBLE_SCHEME.test(target)) throw new UsageError('has a scheme twice')
  const separated = /[,;|\s]/.test(text) && (next?.test(text) || /[,;|\s]@\//.test(text))
  if (separated || holdsSecondUrl(target)) {
    throw new UsageError(
      'holds two targets: repeat the flag, or separate them by white space in a variable (a comma that belongs to one is written %2C, a blank %20)',
    )
  }
}
