import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, type TestContext, test } from 'node:test'
import { type Fault, type FaultServer, startFault } from '../servers/faults.ts'
import { until } from '../servers/until.ts'
import { readywhen, start, startupMs } from './readywhen.ts'

/** Runs at a time: each mostly waits for its two seconds to be over, unless it takes long to start. */
const ABREAST = startupMs < 50 ? 8 : 4
const LIMIT_S = 2
const MOST_TRIES = 3
/** How much later than its limit a run may end, on a machine that has nothing else to do. */
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
  /** What happens once the wait has begun. */
  readonly meanwhile?: (peer: P) => Promise<void>
  /** The `--timeout`, where two seconds are not enough for something to happen meanwhile. */
  readonly limitS?: number
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
  return new RegExp(`^no answer in (1\\.9|2(\\.\\d)?)s \\(waiting for ${what}\\)$`)
}

/** Declares a test for each: it times out in time, with the phase in its reason, and nothing stays open. */
export function neverHang<P extends HangPeer>(what: string, hangs: readonly Hang<P>[]): void {
  describe(`never a hang: ${what}`, { concurrency: ABREAST }, () => {
    for (const hang of hangs)
      test(hang.title, { skip: hang.skip ?? false }, (context) => endure(hang, context))
  })
}

/** Tries it again where it failed on a machine too busy to start a program, let alone to tell who was late. */
async function endure<P extends HangPeer>(hang: Hang<P>, context: TestContext): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    const startMs = readywhen(['--version']).then(({ ms }) => ms)
    try {
      await endureOnce(hang, startMs)
      return
    } catch (error) {
      const ms = await startMs
      if (ms < 3 * startupMs + 200 || tries === MOST_TRIES) throw error
      context.diagnostic(
        `tried again, for a start takes ${Math.round(ms)} ms now and not ${Math.round(startupMs)} ms`,
      )
    }
  }
}

async function endureOnce<P extends HangPeer>(hang: Hang<P>, startMs: Promise<number>): Promise<void> {
  const { limitS = LIMIT_S } = hang
  const peer = await hang.peer?.()
  try {
    const env = hang.env?.() ?? {}
    const under = hang.under?.() ?? []
    const flags = [`--timeout=${limitS}s`, '--log=json', '--verbose', ...hang.args(peer?.port ?? 0)]
    const running = start(flags, { env, under })
    await until(() => running.stderr() !== '', 'the wait to begin')
    const began = performance.now()
    const ended = running.ended.then((run) => ({ run, ms: performance.now() - began }))
    const sleeping = sleepMs(limitS)
    if (peer !== undefined) await hang.meanwhile?.(peer)
    const [{ run, ms }, asleepMs] = await Promise.all([ended, sleeping])
    const atMost = asleepMs + LATE_MS + (await startMs)
    const events = run.stderr
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { event: string; reason?: string; state?: string })
    assert.equal(run.code, 124, run.stderr)
    assert.ok(ms <= atMost, `${ms} ms, which were to be ${atMost} ms at most`)
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

/** How long a program takes that does nothing but sleep: on a busy machine it ends late as well. */
async function sleepMs(seconds: number): Promise<number> {
  const began = performance.now()
  await once(spawn('sleep', [`${seconds}`], { stdio: 'ignore' }), 'close')
  return performance.now() - began
}
