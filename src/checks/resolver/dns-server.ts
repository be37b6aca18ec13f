import { randomBytes } from 'node:crypto'
import type { Failure } from '../failure.ts'
import { formatHost } from '../transport/endpoint.ts'
import { DnsFormatError } from './domain-name.ts'
import { closedFailure, rcodeFailure, unreachableFailure, unreadableFailure } from './failures.ts'
import { answersQuestion, decodeMessage, encodeQuery, type Message, type Question, RCODE } from './message.ts'
import type { ServerAddress } from './resolv-conf.ts'
import { openTcp } from './tcp-transport.ts'
import { openUdp, type Transport } from './udp-transport.ts'

/** A DNS server for the length of one resolution: one UDP socket, and TCP connections where they are needed. */
export interface DnsServer {
  /** Its address, and its port where it is not the usual one. */
  readonly shown: string
  /**
   * Resolves to an answer (records, or that there are none); rejects with `Failure` when the server cannot give one.
   * It waits as long as the server is silent: that is for the caller to end.
   */
  ask(question: Question): Promise<Message>
  /** Sends again what is unanswered, without EDNS: there are servers that pass over what they do not know. */
  askAgain(question: Question): void
  close(): void
}

interface Asked {
  readonly question: Question
  id: number
  edns: boolean
  transport: Transport
  readonly resolve: (message: Message) => void
  readonly reject: (failure: Failure) => void
}

/** RFC 6891, 7: what servers say that do not know EDNS, or not this version of it. */
const EDNS_UNKNOWN: ReadonlySet<number> = new Set([RCODE.FORMERR, RCODE.NOTIMP, RCODE.BADVERS])

/** Makes a server that can be asked; nothing is opened before the first question. */
export function connectServer(address: ServerAddress, tcpOnly: boolean): DnsServer {
  const shown = address.port === 53 ? address.host : `${formatHost(address.host)}:${address.port}`
  const asked = new Set<Asked>()
  let udp: Transport | undefined

  function send(one: Asked, transport: Transport): void {
    one.id = unusedId(asked)
    one.transport = transport
    one.transport.send(encodeQuery(one.id, one.question, one.edns))
  }

  function receive(bytes: Buffer): void {
    const id = bytes.length < 2 ? undefined : bytes.readUInt16BE(0)
    const one = [...asked].find((candidate) => candidate.id === id)
    if (one === undefined) return
    try {
      const message = decodeMessage(bytes)
      if (answersQuestion(message, one.id, one.question)) settle(one, message)
    } catch (error) {
      if (!(error instanceof DnsFormatError)) throw error
      forget(one)
      one.reject(unreadableFailure(shown, error.message))
    }
  }

  function settle(one: Asked, message: Message): void {
    if (message.truncated && one.transport === udp) {
      send(one, overTcp())
      return
    }
    if (one.edns && EDNS_UNKNOWN.has(message.rcode)) {
      one.edns = false
      send(one, one.transport)
      return
    }
    forget(one)
    if (message.truncated) one.reject(unreadableFailure(shown, 'cut short even over TCP'))
    else if (message.rcode === RCODE.NOERROR || message.rcode === RCODE.NXDOMAIN) one.resolve(message)
    else one.reject(rcodeFailure(shown, message.rcode))
  }

  function fail(transport: Transport | undefined, failure: Failure): void {
    for (const one of asked) {
      if (one.transport !== transport) continue
      forget(one)
      one.reject(failure)
    }
  }

  function forget(one: Asked): void {
    asked.delete(one)
    if (one.transport !== udp) one.transport.close()
  }

  function overUdp(): Transport {
    udp ??= openUdp(address, receive, (error) => fail(udp, unreachableFailure(shown, error)))
    return udp
  }

  /** A connection for each question: a server may close it after its first answer. */
  function overTcp(): Transport {
    const transport = openTcp(address, receive, (error) =>
      fail(transport, error === undefined ? closedFailure(shown) : unreachableFailure(shown, error)),
    )
    return transport
  }

  return {
    shown,
    ask(question) {
      return new Promise((resolve, reject) => {
        const transport = tcpOnly ? overTcp() : overUdp()
        const one: Asked = { question, id: 0, edns: true, transport, resolve, reject }
        send(one, transport)
        asked.add(one)
      })
    },
    askAgain(question) {
      const one = [...asked].find((candidate) => candidate.question === question)
      // TCP does not lose what was sent.
      if (one === undefined || one.transport !== udp) return
      one.edns = false
      one.transport.send(encodeQuery(one.id, one.question, one.edns))
    },
    close() {
      asked.forEach(forget)
      udp?.close()
    },
  }
}

/** Random, as the number is half of what keeps others from answering in the server's name (RFC 5452). */
function unusedId(asked: ReadonlySet<Asked>): number {
  const used = new Set([...asked].map(({ id }) => id))
  for (;;) {
    const id = randomBytes(2).readUInt16BE(0)
    if (!used.has(id)) return id
  }
}
