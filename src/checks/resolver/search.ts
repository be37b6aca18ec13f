import { Failure } from '../failure.ts'
import { DnsFormatError, withoutFinalDot } from './domain-name.ts'
import { type Message, type Question, questionFor, RCODE, recordsFor } from './message.ts'
import { noDataFailure, notFoundFailure, unforwardedFailure } from './not-found.ts'
import type { DnsRecord, RecordType } from './record.ts'
import type { Resolution } from './resolution.ts'
import type { ResolverConfig } from './resolv-conf.ts'

/** RFC 8305, 3 has a client go on with one family when the other is late; longer here, as nobody looks at a page. */
const LATE_FAMILY_MS = 250

/** A full name to ask for, and whether it is the name as it was given. */
export interface Candidate {
  readonly name: string
  readonly asGiven: boolean
}

/**
 * The full names that a name may stand for, in the order in which glibc asks for them (`res_search`): as given first if
 * it has enough dots, then with each domain of the search list, else as given last. A final dot makes a name absolute.
 */
export function candidates(name: string, { search, ndots }: ResolverConfig): readonly Candidate[] {
  const asGiven = { name: withoutFinalDot(name), asGiven: true }
  if (asGiven.name !== name || name === '.') return [asGiven]
  const domains = search.map((domain) => domain.replace(/^\./, '').replace(/\.$/, ''))
  const searched = domains.map((domain) =>
    domain === '' ? asGiven : { name: `${name}.${domain}`, asGiven: false },
  )
  const dots = name.split('.').length - 1
  if (dots >= ndots) return [asGiven, ...searched]
  return domains.includes('') ? searched : [...searched, asGiven]
}

/**
 * Asks for the records of all of `types` under each name that `name` may stand for, and gives those of the first that
 * has any. Rejects with `Failure`: `DNS_NXDOMAIN` only if every name is known not to exist (glibc says so too when one of
 * them met a server's failure; we must not take that for the absence that `until=down` waits for).
 */
export async function searchRecords(
  name: string,
  types: readonly RecordType[],
  resolution: Resolution,
): Promise<readonly DnsRecord[]> {
  const tried: string[] = []
  let withoutData: string | undefined
  let trouble: Failure | undefined
  let searching = true
  for (const candidate of candidates(name, resolution.config)) {
    if (!searching && !candidate.asGiven) continue
    try {
      const answer = await askTypes(candidate.name, types, resolution)
      if (answer === 'no such name') tried.push(candidate.name)
      else if (answer.length > 0) return answer
      else withoutData ??= candidate.name
    } catch (error) {
      if (error instanceof DnsFormatError && !candidate.asGiven) continue
      if (!(error instanceof Failure) || !isAnswer(error)) throw error
      trouble ??= error
      // As glibc: a server that fails does so for one domain, one that refuses does so for all of them.
      if (error.code !== 'DNS_SERVFAIL' && !candidate.asGiven) searching = false
      // A cluster without a way out: its DNS server knows its own names, and cannot ask anybody about others.
      if (candidate.asGiven && trouble === error && tried.length > 0 && withoutData === undefined) {
        trouble = unforwardedFailure(name, tried, resolution.config, error)
      }
    }
  }
  if (trouble !== undefined) throw trouble
  if (withoutData !== undefined) throw noDataFailure(withoutData, types)
  throw notFoundFailure(name, tried, resolution.config)
}

/** Whether a server said this, so that it may have something better to say of another name. */
function isAnswer(failure: Failure): boolean {
  return failure.code.slice('DNS_'.length) in RCODE || failure.code.startsWith('DNS_RCODE_')
}

type Answer = readonly DnsRecord[] | 'no such name'

/** Asks for several types at once; a type whose answer is late is left out when another one has told enough. */
async function askTypes(name: string, types: readonly RecordType[], resolution: Resolution): Promise<Answer> {
  const questions = types.map((type) => questionFor(name, type))
  const outcomes: (Answer | Failure)[] = []
  async function ask(question: Question): Promise<Answer | Failure> {
    const outcome = await resolution.ask(question).then(
      (message) => readAnswer(message, question),
      (error: unknown) => (error instanceof Failure ? error : Promise.reject(error)),
    )
    outcomes.push(outcome)
    return outcome
  }

  if (resolution.config.singleRequest) {
    for (const question of questions) await ask(question)
  } else {
    const all = questions.map(ask)
    const enough = all.map(async (one) => {
      if (tellsEnough(await one)) await resolution.pause(LATE_FAMILY_MS)
      else await Promise.all(all)
    })
    await Promise.race([Promise.all(all), ...enough])
  }
  return combine(outcomes)
}

function readAnswer(message: Message, question: Question): Answer {
  return message.rcode === RCODE.NXDOMAIN ? 'no such name' : recordsFor(message, question)
}

function tellsEnough(outcome: Answer | Failure): boolean {
  return outcome === 'no such name' || (!(outcome instanceof Failure) && outcome.length > 0)
}

/** Records of any type are enough; a failure is worse than no records, and only all together can say "no such name". */
function combine(outcomes: readonly (Answer | Failure)[]): Answer {
  const records = outcomes.flatMap((outcome) => (Array.isArray(outcome) ? outcome : []))
  if (records.length > 0) return records
  const failure = outcomes.find((outcome) => outcome instanceof Failure)
  if (failure !== undefined) throw failure
  return outcomes.every((outcome) => outcome === 'no such name') ? 'no such name' : []
}
