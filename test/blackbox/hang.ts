import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, type TestContext, test } from 'node:test'
import { type Fault, type FaultServer, startFault } from '../servers/faults.ts'
import { until } from '../servers/until.ts'
import { start } from './readywhen.ts'

/** Runs at a time: each mostly waits for its two seconds to be over. */
const ABREAST = 8
const LIMIT_S = 2
/** How much later than its limit a run may end: what the wait for a child of the operating system shows as well is not counted. */
const LATE_MS = 500

/** What listens, for one test alone. */
export interface HangPeer {
  readonly port: number
  /** Connections that are open now, where they can be counted. */
  readonly open?: number
  stop(): Promise<void>
}

/** One way in which a peer could keep a wait from ever ending. */
export interface Hang<P extends HangPeer = HangPeer> {
  readonly title: string
  readonly peer?: () => Promise<P>
  readonly args: (port: number) => readonly string[]
  /** What the closing line has to say. */
  readonly reason: RegExp
  /** What some attempt before it has to have said. */
  readonly before?: RegExp
  /** What happens once the wait has begun; `said` gives the log so far. */
  readonly meanwhile?: (peer: P, said: () => string) => Promise<void>
  readonly env?: () => Readonly<Record<string, string>>
  readonly under?: () => readonly string[]
  /** Why it cannot be tried here. */
  readonly skip?: string | false
}

/** A peer that misbehaves in one way, in the clear. */
export function fault(what: Fault, text = ''): () => Promise<FaultServer> {
  return () => startFault(what, { text })
}

/** The reason of an attempt that the end of the wait cut short while it was waiting for this (a regular expression). */
export function phase(what: string): RegExp {
  return new RegExp(`^no answer in (2|1\\.9)s \\(waiting for ${what}\\)$`)
}

/** Declares a test for each: it times out in time, with the phase in its reason, and nothing stays open. */
export function neverHang<P extends HangPeer>(what: string, hangs: readonly Hang<P>[]): void {
  describe(`never a hang: ${what}`, { concurrency: ABREAST }, () => {
    for (const hang of hangs)
      test(hang.title, { skip: hang.skip ?? false }, (context) => endure(hang, context))
  })
}

async function endure<P extends HangPeer>(hang: Hang<P>, context: TestContext): Promise<void> {
  const peer = await hang.peer?.()
  try {
    const env = hang.env?.() ?? {}
    const under = hang.under?.() ?? []
    const flags = [`--timeout=${LIMIT_S}s`, '--log=json', '--verbose', ...hang.args(peer?.port ?? 0)]
    const running = start(flags, { env, under })
    await until(() => running.stderr() !== '', 'the wait to begin')
    const began = performance.now()
    const ended = running.ended.then((run) => ({ run, ms: performance.now() - began }))
    const sleeping = sleepMs()
    if (peer !== undefined) await hang.meanwhile?.(peer, running.stderr)
    const [{ run, ms }, usualMs] = await Promise.all([ended, sleeping])
    const events = run.stderr
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { event: string; reason?: string; state?: string })
    assert.equal(run.code, 124, run.stderr)
    context.diagnostic(`${Math.round(ms)} ms, a sleep of ${LIMIT_S} s ${Math.round(usualMs)} ms`)
    assert.ok(ms - usualMs <= LATE_MS, `${ms} ms, when a sleep of ${LIMIT_S} s takes ${usualMs} ms`)
    assert.match(events.find(({ event }) => event === 'result')?.reason ?? run.stderr, hang.reason)
    if (hang.before !== undefined) {
      const reasons = events.filter(({ event }) => event === 'attempt').map(({ reason }) => reason)
      assert.match(reasons.join('\n'), hang.before)
    }
    await until(() => (peer?.open ?? 0) === 0, 'the last connection to be closed')
  } finally {
    await peer?.stop()
  }
}

/** How long a program that does nothing but wait takes at the moment: on a busy machine all programs end late. */
async function sleepMs(): Promise<number> {
  const began = performance.now()
  await once(spawn('sleep', [`${LIMIT_S}`], { stdio: 'ignore' }), 'close')
  return performance.now() - began
}
