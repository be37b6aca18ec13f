import { isIP } from 'node:net'

/** The addresses that a hosts file (hosts(5)) gives a name, in the order of its lines; none if it does not know it. */
export function findInHosts(text: string, name: string): readonly string[] {
  const wanted = name.toLowerCase()
  const found = new Set<string>()
  for (const line of text.split('\n')) {
    // Files of many thousand lines exist, to block advertisements.
    if (!line.toLowerCase().includes(wanted)) continue
    const [address = '', ...names] = line.replace(/#.*/, '').trim().split(/\s+/)
    if (isIP(address) !== 0 && names.some((one) => one.toLowerCase() === wanted)) found.add(address)
  }
  return [...found]
}
