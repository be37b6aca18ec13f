/** A source of chance that a seed determines, so that whatever it found can be found again. */
export interface Chance {
  /** A whole number from 0 to `below` - 1. */
  below(below: number): number
  /** True so often: 0.1 is one time in ten. */
  happens(probability: number): boolean
  pick<T>(choices: readonly [T, ...T[]]): T
  bytes(count: number): Buffer
}

/** Makes a source of chance from a text (FNV-1a to a number, then mulberry32). */
export function chance(seed: string): Chance {
  let state = 0x811c9dc5
  for (const byte of Buffer.from(seed)) state = Math.imul(state ^ byte, 0x01000193)
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (limit: number): number => Math.floor(next() * limit)
  return {
    below,
    happens: (probability) => next() < probability,
    pick: (choices) => choices[below(choices.length)] ?? choices[0],
    bytes: (count) => Buffer.from(Array.from({ length: count }, () => below(256))),
  }
}

/** Numbers that lie about a length or a count. */
const EXTREMES = [0, 1, 0x7f, 0x80, 0xff] as const
/** What means something in a protocol of text. */
const WORDS = [
  '\r\n',
  '\r\n\r\n',
  '\0',
  ':',
  '-1',
  '999999999999',
  '*',
  '$',
  'chunked',
  '%s',
  '\u{1f4a5}',
] as const

/** Spoils bytes in a few places; sometimes it leaves them as they are, and sometimes nothing of them is left. */
export function spoil(bytes: Buffer, by: Chance): Buffer {
  if (by.happens(0.1)) return bytes
  if (by.happens(0.05)) return by.bytes(by.below(600))
  let spoiled: Buffer = Buffer.from(bytes)
  for (let count = 1 + by.below(4); count > 0; count -= 1) spoiled = spoilOnce(spoiled, by)
  return spoiled
}

function spoilOnce(bytes: Buffer, by: Chance): Buffer {
  const at = by.below(bytes.length + 1)
  const length = by.below(Math.min(40, bytes.length - at + 1))
  const [before, middle, after] = [
    bytes.subarray(0, at),
    bytes.subarray(at, at + length),
    bytes.subarray(at + length),
  ]
  switch (by.below(7)) {
    case 0: {
      if (at < bytes.length) bytes[at] = (bytes[at] ?? 0) ^ (1 << by.below(8))
      return bytes
    }
    case 1: {
      if (at < bytes.length) bytes[at] = by.pick(EXTREMES)
      return bytes
    }
    case 2:
      return Buffer.concat([before, by.bytes(length), after])
    case 3:
      return Buffer.concat([before, after])
    case 4:
      return Buffer.concat([before, middle, middle, middle, after])
    case 5:
      return before
    default:
      return Buffer.concat([before, Buffer.from(by.pick(WORDS)), after])
  }
}
