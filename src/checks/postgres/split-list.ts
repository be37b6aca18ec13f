import { UsageError } from '../../plan/usage-error.ts'
import { type Pair, readPair } from './conninfo.ts'
import { checkOnce } from './given-once.ts'

/**
 * Splits a variable that holds several targets. White space separates; `key=value` pairs that follow each other make up
 * one target, which ends at a line break or with its options (`host=db user=app#timeout=2s host=other …`). Throws
 * `UsageError` where a pair comes twice in one target: nobody knows where the next was to begin.
 */
export function splitList(text: string): readonly string[] {
  return text.split(/[\r\n]+/).flatMap(splitLine)
}

function splitLine(line: string): readonly string[] {
  const targets: string[] = []
  let pairs: string[] = []
  let seen = new Map<string, string>()
  function closePairs(): void {
    if (pairs.length > 0) targets.push(pairs.join(' '))
    pairs = []
    seen = new Map()
  }
  for (let rest = line.trim(); rest !== ''; ) {
    const pair = firstPair(rest)
    const pairEnd = pair?.end
    // What follows a closing quote without a space belongs to it: the options of the target.
    const end = (pairEnd ?? 0) + (/^\S*/.exec(rest.slice(pairEnd ?? 0))?.[0].length ?? 0)
    const item = rest.slice(0, end)
    if (pair === undefined) {
      closePairs()
      targets.push(item)
    } else {
      pairs.push(item)
      checkOnce(seen, pair.name, pair.value)
      if (item.replace(/'(?:\\.|[^\\'])*'/, '').includes('#')) closePairs()
    }
    rest = rest.slice(end).trimStart()
  }
  closePairs()
  return targets
}

/** The pair that begins the text; a quote that is not closed takes all that is left. */
function firstPair(text: string): Pick<Pair, 'name' | 'value' | 'end'> | undefined {
  try {
    return readPair(text, 0)
  } catch (error) {
    if (error instanceof UsageError) return { name: '', value: text, end: text.length }
    throw error
  }
}
