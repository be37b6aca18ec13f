import { systemClock } from '../../wait/clock.ts'
import type { Attempt } from '../kind.ts'
import { connectServer } from './dns-server.ts'
import { givenUp } from './failures.ts'
import type { Message, Question } from './message.ts'
import type { ResolverConfig } from './resolv-conf.ts'
import { type Asking, askInTurn } from './turns.ts'

/** The default of `--attempt-timeout`, for an attempt that does not say how long it lasts. */
const USUAL_ATTEMPT_MS = 3000

/** What of an attempt its names may take, so that a silent DNS server is told from a silent target. */
const SHARE_OF_ATTEMPT = 0.9

/** The servers of a configuration, for all the questions that one name takes. */
export interface Resolution {
  readonly config: ResolverConfig
  /** Resolves to the first answer (records, or that there are none); rejects with `Failure` when no server has one. */
  ask(question: Question): Promise<Message>
  /** Resolves after so many milliseconds, or never if the resolution ends before. */
  pause(ms: number): Promise<void>
}

/** Runs `work` over a resolution that ends within the attempt or with it, and leaves nothing open either way. */
export async function withResolution<T>(
  config: ResolverConfig,
  attempt: Attempt,
  work: (resolution: Resolution) => Promise<T>,
): Promise<T> {
  if (attempt.signal.aborted) throw givenUp()
  const servers = config.servers.map((address) => connectServer(address, config.useTcp))
  const deadline = systemClock.awake() + (attempt.timeoutMs ?? USUAL_ATTEMPT_MS) * SHARE_OF_ATTEMPT
  const askings = new Set<Asking>()
  const timers = new Set<NodeJS.Timeout>()
  let over = false
  // Who answered last is asked first: a dead server costs its time once, not for every name of the search list.
  let first = config.rotate ? Math.floor(Math.random() * servers.length) : 0

  async function ask(question: Question): Promise<Message> {
    if (over) throw givenUp()
    const asking = askInTurn([...servers.slice(first), ...servers.slice(0, first)], question, {
      attempts: config.attempts,
      timeoutMs: config.timeoutMs,
      deadline,
      onTurn: (server) => attempt.waitingFor(`the DNS server ${server.shown}`),
    })
    askings.add(asking)
    const { server, message } = await asking.answer
    first = servers.indexOf(server)
    return message
  }

  function pause(ms: number): Promise<void> {
    return new Promise((resolve) => timers.add(setTimeout(resolve, ms)))
  }

  let onAbort: () => void = () => {}
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(givenUp())
    attempt.signal.addEventListener('abort', onAbort)
  })
  try {
    return await Promise.race([work({ config, ask, pause }), aborted])
  } finally {
    attempt.signal.removeEventListener('abort', onAbort)
    over = true
    for (const asking of askings) asking.cancel()
    for (const timer of timers) clearTimeout(timer)
    for (const server of servers) server.close()
  }
}
