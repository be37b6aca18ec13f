/** What HTML calls the characters it cannot hold as they are. */
const ENTITIES: Readonly<Record<string, string>> = {
  '&': 'amp',
  '<': 'lt',
  '>': 'gt',
  '"': 'quot',
  "'": 'apos',
}

/** Fewer characters of base64 may stand anywhere by chance. */
const SHORTEST_BASE64 = 8

/**
 * Matches a secret in every way in which a peer may say it back: each of its characters as it is or escaped as in a
 * URL, a form, JSON or HTML, in any mixture; or the whole in base64, also as a part of something longer. Letters match in
 * either case, as a URL parser writes hosts in lower case. The secret must not be empty.
 */
export function secretPattern(secret: string): RegExp {
  const spelled = Array.from(secret, (character) => `(?:${spellings(character).join('|')})`).join('')
  return new RegExp([spelled, ...base64Forms(Buffer.from(secret))].join('|'), 'giu')
}

/** What base64 makes of bytes that stand alone, or behind others: there are three ways in which its groups may fall. */
function base64Forms(bytes: Uint8Array): string[] {
  const alone = Buffer.from(bytes).toString('base64').replace(/=+$/, '')
  const within = [0, 1, 2].flatMap((before) => {
    const whole = Buffer.from([...new Uint8Array(before), ...bytes]).toString('base64')
    const end = Math.floor(((before + bytes.length) * 8) / 6)
    // Characters that hold bits of the neighbours as well are no part of it, but are hidden with it.
    const own = whole.slice(Math.ceil((before * 8) / 6), end)
    return own.length < SHORTEST_BASE64 ? [] : [own]
  })
  const edge = '[\\w+/\\-]?'
  return [alone, ...within].flatMap((text, i) =>
    [text, base64Url(text)].map((form) => (i === 0 ? literally(form) : edge + literally(form) + edge)),
  )
}

function spellings(character: string): string[] {
  const code = character.codePointAt(0) ?? 0
  const bytes = Array.from(Buffer.from(character), (byte) => `%${hex(byte, 2)}`)
  const units = Array.from({ length: character.length }, (_, i) => `\\\\u${hex(character.charCodeAt(i), 4)}`)
  const short = JSON.stringify(character).slice(1, -1)
  const entity = ENTITIES[character]
  return [
    literally(character),
    // UTF-8 that was taken for Latin-1, as header fields of HTTP are.
    ...(code > 0x7f ? [literally(Buffer.from(character).toString('latin1'))] : []),
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
