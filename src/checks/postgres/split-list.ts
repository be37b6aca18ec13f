import { UsageError } from '../../plan/usage-error.ts'
import { readPair } from './conninfo.ts'

/**
 * Splits a variable that holds several targets. White space separates; `key=value` pairs that follow each other make up
 * one target, which ends at a line break or with its options (`host=db user=app#timeout=2s host=other …`).
 */
export function splitList(text: string): readonly string[] {
  return text.split(/[\r\n]+/).flatMap(splitLine)
}

function splitLine(line: string): readonly string[] {
  const targets: string[] = []
  let pairs: string[] = []
  function closePairs(): void {
    if (pairs.length > 0) targets.push(pairs.join(' '))
    pairs = []
  }
  for (let rest = line.trim(); rest !== ''; ) {
    const pairEnd = endOfPair(rest)
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

/** Where the pair that begins the text ends; a quote that is not closed takes all that is left. */
function endOfPair(text: string): number | undefined {
  try {
    return readPair(text, 0)?.end
  } catch (error) {
    if (error instanceof UsageError) return text.length
    throw error
  }
}
