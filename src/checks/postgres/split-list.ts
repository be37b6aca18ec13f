import { UsageError } from '../../plan/usage-error.ts'
import { type Pair, readPair } from './conninfo.ts'
import { checkOnce } from './given-once.ts'

/**
 * Splits a variable that holds several targets. White space separates; `key=value` pairs that follow each other make up
 * one target, which ends at a line break or with its options (`host=db user=app#timeout=2s host=other …`).
 */
export function splitList(text: string): readonly string[] {
  return text.split(/[\r\n]+/).flatMap(splitLine)
}

/** As `splitList`; throws `UsageError` where a pair is given twice: a second target begins somewhere in front of it. */
export function splitVariable(text: string): readonly string[] {
  const targets = splitList(text)
  for (const target of targets) {
    const seen = new Map<string, string>()
    let rest = target
    for (let pair = pairAt(rest); pair !== undefined; pair = pairAt(rest)) {
      checkOnce(seen, pair.name, pair.value, 'all')
      rest = rest.slice(pair.end).trimStart()
    }
  }
  return targets
}

function splitLine(line: string): readonly string[] {
  const targets: string[] = []
  let pairs: string[] = []
  function closePairs(): void {
    if (pairs.length > 0) targets.push(pairs.join(' '))
    pairs = []
  }
  for (let rest = line.trim(); rest !== ''; ) {
    const pairEnd = pairAt(rest)?.end
    // What follows a closing quote without a space belongs to it: the options of the target.
    const end = (pairEnd ?? 0) + (/^\S*/.exec(rest.slice(pairEnd ?? 0))?.[0].length ?? 0)
    const item = rest.slice(0, end)
    if (pairEnd === undefined) {
      closePairs()
      targets.push(item)
    } else {
      pairs.push(item)
      if (item.replace(/'(?:\\.|[^\\'])*'/, '').includes('#')) closePairs()
    }
    rest = rest.slice(end).trimStart()
  }
  closePairs()
  return targets
}

/** The pair that begins the text; a quote that is not closed takes all that is left. */
function pairAt(text: string): Pick<Pair, 'name' | 'value' | 'end'> | undefined {
  try {
    return readPair(text, 0)
  } catch (error) {
    if (error instanceof UsageError) return { name: "'", value: text, end: text.length }
    throw error
  }
}
