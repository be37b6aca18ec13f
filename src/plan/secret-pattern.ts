/** What HTML calls the characters it cannot hold as they are. */
const ENTITIES: Readonly<Record<string, string>> = {
  '&': 'amp',
  '<': 'lt',
  '>': 'gt',
  '"': 'quot',
  "'": 'apos',
}

/**
 * Matches a secret in every way in which a peer may say it back: each of its characters as it is or escaped as in a
 * URL, a form, JSON or HTML, in any mixture; or the whole in base64. Letters match in either case, as a URL parser
 * writes hosts in lower case. The secret must not be empty.
 */
export function secretPattern(secret: string): RegExp {
  const spelled = Array.from(secret, (character) => `(?:${spellings(character).join('|')})`).join('')
  const base64 = Buffer.from(secret).toString('base64').replace(/=+$/, '')
  return new RegExp(`${spelled}|${[base64, base64Url(base64)].map(literally).join('|')}`, 'giu')
}

function spellings(character: string): string[] {
  const code = character.codePointAt(0) ?? 0
  const bytes = Array.from(Buffer.from(character), (byte) => `%${hex(byte, 2)}`)
  const units = Array.from({ length: character.length }, (_, i) => `\\\\u${hex(character.charCodeAt(i), 4)}`)
  const short = JSON.stringify(character).slice(1, -1)
  const entity = ENTITIES[character]
  return [
    literally(character),
    bytes.join(''),
    units.join(''),
    `&#0*${code};`,
    `&#x0*${hex(code, 1)};`,
    ...(short === character ? [] : [literally(short)]),
    ...(character === ' ' ? ['\\+'] : []),
    ...(character === '/' ? ['\\\\/'] : []),
    ...(entity === undefined ? [] : [`&${entity};`]),
  ]
}

function literally(text: string): string {
  return Array.from(text, (character) => `\\u{${hex(character.codePointAt(0) ?? 0, 1)}}`).join('')
}

function hex(number: number, digits: number): string {
  return number.toString(16).padStart(digits, '0')
}

function base64Url(base64: string): string {
  return base64.replaceAll('+', '-').replaceAll('/', '_')
}
