import { Failure } from '../failure.ts'
import { systemFailure } from '../transport/system-failure.ts'
import { RCODE } from './message.ts'

const RCODE_NAMES = new Map(Object.entries(RCODE).map(([name, rcode]) => [rcode as number, name]))

/** A server that answered, but neither with records nor with their absence (RFC 1035, 4.1.1). */
export function rcodeFailure(server: string, rcode: number): Failure {
  const name = RCODE_NAMES.get(rcode) ?? `RCODE_${rcode}`
  const verb = rcode === RCODE.REFUSED ? 'refused to answer' : 'failed to answer'
  return new Failure({ code: `DNS_${name}`, reason: `the DNS server ${server} ${verb} (${name})` })
}

/** A server whose answer is no DNS message. */
export function unreadableFailure(server: string, what: string): Failure {
  const reason = `the DNS server ${server} sent an unreadable answer: ${what}`
  return new Failure({ code: 'DNS_UNREADABLE', reason })
}

/** A server that could not be spoken to. Never `down`: it says nothing about the host whose name was asked for. */
export function unreachableFailure(server: string, error: Error): Failure {
  const failure = systemFailure(error, `(DNS server ${server})`)
  return new Failure({
    code: failure === undefined ? 'DNS_UNREACHABLE' : `DNS_${failure.code}`,
    reason: failure?.reason ?? `cannot ask the DNS server ${server}: ${error.message}`,
    hint: failure?.hint,
  })
}

/** A server that closed the connection in place of an answer. */
export function closedFailure(server: string): Failure {
  return new Failure({
    code: 'DNS_CLOSED',
    reason: `connection closed by the DNS server ${server} before it answered`,
  })
}

/** Servers that were asked, several times mostly, and said nothing. */
export function silenceFailure(servers: readonly string[]): Failure {
  const reason = `no answer from the DNS server${servers.length > 1 ? 's' : ''} ${servers.join(' and ')}`
  return new Failure({ code: 'DNS_TIMEOUT', reason })
}

/** What went wrong with each of several servers, as one failure. */
export function joinFailures(failures: readonly Failure[]): Failure {
  const [first] = failures
  return new Failure({
    code: first?.code ?? 'DNS_TIMEOUT',
    reason: failures.map(({ reason }) => reason).join('; '),
    hint: failures.find(({ hint }) => hint !== undefined)?.hint,
  })
}

/** What a resolution ends with when its attempt is over; nobody reads it. */
export function givenUp(): Failure {
  return new Failure({ code: 'ABORTED', reason: 'given up before the name was resolved' })
}
