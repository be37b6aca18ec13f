import { systemClock } from '../../wait/clock.ts'
import { afterPatience } from '../../wait/patience.ts'
import type { Failure } from '../failure.ts'
import type { DnsServer } from './dns-server.ts'
import { joinFailures, silenceFailure } from './failures.ts'
import type { Message, Question } from './message.ts'

/** How a question is put to several servers. */
export interface TurnOptions {
  /** How often the list is gone through. */
  readonly attempts: number
  /** How long a server is waited for before the next is asked, in milliseconds. */
  readonly timeoutMs: number
  /** When all must be over, by the time that the system's clock counts as awake. */
  readonly deadline: number
  onTurn(server: DnsServer): void
}

/** A question that is being asked. `cancel` ends it without a word. */
export interface Asking {
  readonly answer: Promise<{ readonly server: DnsServer; readonly message: Message }>
  cancel(): void
}

/**
 * Asks one server after the other until one answers: the next when one fails, or is silent for its share of the time.
 * The earlier ones may still answer meanwhile. A server that failed is not asked again, a silent one is in the next
 * round. Rejects with one `Failure` that says what was wrong with each.
 */
export function askInTurn(servers: readonly DnsServer[], question: Question, options: TurnOptions): Asking {
  const turns = Array.from({ length: options.attempts }, () => servers).flat()
  const asked = new Set<DnsServer>()
  const troubles = new Map<DnsServer, Failure>()
  let waitingFor: DnsServer | undefined
  let cancel = (): void => {}

  const answer = new Promise<{ server: DnsServer; message: Message }>((resolve, reject) => {
    function nextTurn(): void {
      cancel()
      const left = turns.filter((server) => !troubles.has(server))
      const [server] = left
      if (server === undefined) {
        reject(verdict(asked, troubles))
        return
      }
      turns.splice(0, turns.indexOf(server) + 1)
      waitingFor = server
      const share = (options.deadline - systemClock.awake()) / left.length
      cancel = afterPatience(systemClock, Math.min(options.timeoutMs, share), nextTurn)
      options.onTurn(server)
      if (asked.has(server)) server.askAgain(question)
      else ask(server)
    }

    function ask(server: DnsServer): void {
      asked.add(server)
      server.ask(question).then(
        (message) => {
          cancel()
          resolve({ server, message })
        },
        (failure: Failure) => {
          troubles.set(server, failure)
          if (server === waitingFor) nextTurn()
        },
      )
    }

    nextTurn()
  })
  return { answer, cancel: () => cancel() }
}

function verdict(asked: ReadonlySet<DnsServer>, troubles: ReadonlyMap<DnsServer, Failure>): Failure {
  const silent = [...asked].filter((server) => !troubles.has(server)).map(({ shown }) => shown)
  const failures = [...troubles.values()]
  if (silent.length > 0) failures.push(silenceFailure(silent))
  return joinFailures(failures)
}
