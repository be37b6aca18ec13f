import { isIP, isIPv6 } from 'node:net'

/** Writes 16 bytes as RFC 5952 wants an IPv6 address: lower case, the longest run of zeros as `::`. */
export function formatIPv6(bytes: Uint8Array): string {
  const groups: number[] = []
  for (let i = 0; i < 16; i += 2) groups.push(((bytes[i] ?? 0) << 8) | (bytes[i + 1] ?? 0))
  let best = { start: 0, length: 1 }
  for (let start = 0; start < 8; start += 1) {
    let length = 0
    while (groups[start + length] === 0) length += 1
    if (length > best.length) best = { start, length }
  }
  const hex = (part: readonly number[]): string => part.map((group) => group.toString(16)).join(':')
  if (best.length === 1) return hex(groups)
  return `${hex(groups.slice(0, best.start))}::${hex(groups.slice(best.start + best.length))}`
}

/** Reads an IPv6 address without zone into its eight groups. */
function parseIPv6(address: string): number[] {
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address)
  const text = dotted
    ? `${dotted[1]}${hexGroup(dotted[2], dotted[3])}:${hexGroup(dotted[4], dotted[5])}`
    : address
  const [head = '', tail] = text.split('::')
  const groups = (part: string): number[] =>
    part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16))
  const front = groups(head)
  if (tail === undefined) return front
  const back = groups(tail)
  return [...front, ...new Array<number>(8 - front.length - back.length).fill(0), ...back]
}

function hexGroup(high: string | undefined, low: string | undefined): string {
  return (Number(high) * 256 + Number(low)).toString(16)
}

/** Brings an IP address into one spelling, so that two can be compared; other text stays as it is. */
export function canonicalAddress(text: string): string {
  if (!isIPv6(text) || text.includes('%')) return text
  return formatIPv6(Uint8Array.from(parseIPv6(text).flatMap((group) => [group >> 8, group & 255])))
}

/** The name under which the names of an address are kept (RFC 1035, 3.5; RFC 3596, 2.5); nothing if it is no address. */
export function reverseName(address: string): string | undefined {
  const version = isIP(address)
  if (version === 0 || address.includes('%')) return undefined
  if (version === 4) return `${address.split('.').reverse().join('.')}.in-addr.arpa`
  const nibbles = parseIPv6(address).flatMap((group) => [...group.toString(16).padStart(4, '0')])
  return `${nibbles.reverse().join('.')}.ip6.arpa`
}
