import { UsageError } from './usage-error.ts'

/** Decodes percent escapes (RFC 3986, 2.1). Throws `UsageError` where they are not UTF-8. */
export function decodePercent(text: string): string {
  if (!text.includes('%')) return text
  return replaceEscapes(text, () => {
    throw new UsageError('has percent escapes that are not UTF-8')
  })
}

/** Decodes the percent escapes that are UTF-8, and leaves others as they are. */
export function decodeSoundPercent(text: string): string {
  return replaceEscapes(text, (escapes) => escapes)
}

function replaceEscapes(text: string, unsound: (escapes: string) => string): string {
  if (!text.includes('%')) return text
  return text.replace(/(?:%[0-9a-f]{2})+/gi, (escapes) => {
    try {
      return decodeURIComponent(escapes)
    } catch {
      return unsound(escapes)
    }
  })
}
