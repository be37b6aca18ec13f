/** Which address literals there are, as Node sees it: dotted IPv4 without leading zeros, IPv6 with an optional zone. */

const PART = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)'
const V4 = `${PART}(?:\\.${PART}){3}`
const IPV4 = new RegExp(`^${V4}$`)
const EMBEDDED_V4 = new RegExp(`:${V4}$`)

export function isIPv4(text: string): boolean {
  return IPV4.test(text)
}

export function isIPv6(text: string): boolean {
  if (!String(text).includes(':')) return false
  const [address = '', zone, ...more] = String(text).split('%')
  if (more.length > 0 || (zone !== undefined && !/^[0-9a-zA-Z\-._]+$/.test(zone))) return false
  // an IPv4 tail stands for two groups
  const groups = address.replace(EMBEDDED_V4, ':0:0')
  if (!/^[0-9a-fA-F:]+$/.test(groups)) return false
  const [left = '', right, ...others] = groups.split('::')
  if (others.length > 0) return false
  const count = [left, right].flatMap((side) => (side === undefined || side === '' ? [] : side.split(':')))
  if (!count.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))) return false
  return right === undefined ? count.length === 8 : count.length <= 7
}

/** 4, 6, or 0 for what is no address. */
export function isIP(text: string): 0 | 4 | 6 {
  if (isIPv4(text)) return 4
  return isIPv6(text) ? 6 : 0
}
