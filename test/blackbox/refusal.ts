import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { startGate } from '../servers/gate.ts'
import { until } from '../servers/until.ts'
import { type Run, readywhen, start } from './readywhen.ts'

/** Runs at a time: the machine has few cores, and most of a run is start-up. */
export const ABREAST = 4

/** Something that listens, for one test alone. */
export interface Peer {
  readonly port: number
  /** Connections that are open now. */
  readonly open: number
  stop(): Promise<void>
}

/** One way of not being ready, and what has to be said about it. */
export interface Refusal {
  readonly title: string
  /** The peer; absent where there is none, as of a file. */
  readonly peer?: () => Promise<Peer>
  /** The flags with the target. */
  readonly args: (port: number) => readonly string[]
  readonly reason: RegExp
  /** Waiting alone will not change it: exit code 3 as soon as there is no grace. */
  readonly lasting?: boolean
  readonly env?: Readonly<Record<string, string>>
}

/** A port of its own for one test in front of a server that several share, so that its connections can be counted. */
export async function through(server: { readonly port: number }): Promise<Peer> {
  const gate = await startGate(server.port)
  await gate.open()
  return {
    port: gate.port,
    get open() {
      return gate.clients
    },
    stop: () => gate.stop(),
  }
}

/** Declares a test for each refusal: never ready, the reason said, the exit code right, no connection left open. */
export function neverReady(what: string, refusals: readonly Refusal[]): void {
  describe(`never a false ready: ${what}`, { concurrency: ABREAST }, () => {
    for (const refusal of refusals) test(refusal.title, () => refuse(refusal))
  })
}

async function refuse({ peer, args, reason, lasting = false, env = {} }: Refusal): Promise<void> {
  const server = await peer?.()
  const flags = args(server?.port ?? 0)
  try {
    const once = await watched(['--once', '--attempt-timeout=20s', ...flags], server, env)
    assertUnready(once, 1, 'not ready', reason)
    if (lasting) {
      const run = await watched(['--grace=0', '--attempt-timeout=20s', ...flags], server, env)
      assertUnready(run, 3, 'gave up', reason)
      return
    }
    const run = await untilTimeout(['--grace=0', ...flags], server, env)
    assertUnready(run, 124, 'not ready', reason)
  } finally {
    await server?.stop()
  }
}

/** Lets it time out, after a second; on a machine that is too busy for a single attempt in that time, after more. */
async function untilTimeout(
  flags: readonly string[],
  server: Peer | undefined,
  env: Readonly<Record<string, string>>,
): Promise<Run> {
  for (let seconds = 1; ; seconds *= 2) {
    const run = await watched([`--timeout=${seconds}s`, ...flags], server, env)
    assert.match(run.stderr, /^timed out after [\d.]+s: /m)
    if (seconds > 8 || / attempts: /.test(run.stderr)) return run
  }
}

/** Runs to the end, and sees to it that connections do not pile up on the way, and that none is left. */
async function watched(
  args: readonly string[],
  server: Peer | undefined,
  env: Readonly<Record<string, string>>,
): Promise<Run> {
  const running = start(args, { env })
  let most = 0
  const timer = setInterval(() => {
    most = Math.max(most, server?.open ?? 0)
  }, 20)
  const run = await running.ended
  clearInterval(timer)
  // One attempt follows the other; the server may learn late that the last one is over.
  assert.ok(most <= 2, `${most} connections at once`)
  await until(() => (server?.open ?? 0) === 0, 'the last connection to be closed')
  return run
}

function assertUnready(run: Run, code: number, word: string, reason: RegExp): void {
  assert.equal(run.code, code, run.stderr)
  assert.equal(run.stdout, '')
  const last = run.stderr.split('\n').findLast((line) => line.startsWith(`${word} `)) ?? run.stderr
  // A log has what was done between the label and the reason, a probe nothing but space.
  assert.match(last.replace(/^(not ready +\S.*?) {2}(?=\S)/, '$1: '), reason)
  assert.doesNotMatch(run.stderr, /^ready/m)
}

/** Runs until it is ready, which it has to be within `--timeout=10s`; gives what it said. */
export async function ready(args: readonly string[], env: Record<string, string> = {}): Promise<Run> {
  const run = await readywhen(['--timeout=10s', ...args], { env })
  assert.equal(run.code, 0, run.stderr)
  assert.match(run.stderr, /^ready /m)
  return run
}
