import assert from 'node:assert/strict'
import process from 'node:process'
import { Failure } from '../../../src/checks/failure.ts'
import type { BoundTarget } from '../../../src/checks/kind.ts'
import postgres from '../../../src/checks/postgres.ts'
import { UsageError } from '../../../src/plan/usage-error.ts'

export interface Outcome {
  /** The detail of a success. */
  readonly detail: string | undefined
  readonly failure: Failure | undefined
  readonly phases: readonly string[]
  readonly heard: boolean
}

export interface TryOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly options?: Readonly<Record<string, unknown>>
  readonly signal?: AbortSignal
  readonly onPhase?: (phase: string) => void
}

export function bind(text: string, { env = {}, options = {} }: TryOptions = {}): BoundTarget {
  return postgres.bind(text, options, {
    env,
    readFile(path) {
      throw new UsageError(`cannot read ${path}`)
    },
  })
}

/** One attempt at a target as the engine makes it; gives how it ended. */
export async function tryProbe(text: string, given: TryOptions = {}): Promise<Outcome> {
  const phases: string[] = []
  let heard = false
  const attempt = {
    signal: given.signal ?? new AbortController().signal,
    waitingFor(phase: string) {
      phases.push(phase)
      given.onPhase?.(phase)
    },
    heard() {
      heard = true
    },
  }
  try {
    const ready = await bind(text, given).probe(attempt)
    return { detail: ready.detail, failure: undefined, phases, heard }
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    return { detail: undefined, failure: error, phases, heard }
  }
}

/** How an attempt is to fail; what is left out must be false, or may be anything in the case of a hint. */
export interface Expected {
  readonly code?: string
  readonly reason: RegExp
  readonly hint?: RegExp
  readonly lasting?: boolean
  readonly down?: boolean
}

export function assertFailed({ detail, failure }: Outcome, expected: Expected): void {
  assert.equal(detail, undefined)
  assert.match(failure?.reason ?? '', expected.reason)
  if (expected.code !== undefined) assert.equal(failure?.code, expected.code)
  assert.match(failure?.hint ?? '', expected.hint ?? /^/)
  assert.equal(failure?.lasting, expected.lasting ?? false)
  assert.equal(failure?.down, expected.down ?? false)
}

/** The TCP connections and timers that are still there, of which a probe may leave none. */
export async function leftOpen(): Promise<readonly string[]> {
  // A destroyed socket is gone at the end of this turn of the event loop.
  for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve))
  return process.getActiveResourcesInfo().filter((each) => /^(TCP|TLS)|Timeout/.test(each))
}
