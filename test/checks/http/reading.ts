import assert from 'node:assert/strict'
import type { ResponseHead } from '../../../src/checks/http/response-head.ts'
import { HttpFault } from '../../../src/checks/http/response-lines.ts'
import { ResponseReader } from '../../../src/checks/http/response-reader.ts'

/** What was read: status, phrase and body; `undefined` where the connection ended within it; or what is wrong. */
export type Outcome = readonly [status: number, phrase: string, body: string] | HttpFault['fault'] | undefined

export interface Read {
  readonly outcome: Outcome
  readonly head: ResponseHead | undefined
}

export function byUs(pieces: readonly Uint8Array[], method = 'GET'): Read {
  let head: ResponseHead | undefined
  let body = ''
  const reader = new ResponseReader(
    method,
    (one) => {
      assert.equal(head, undefined)
      head = one
    },
    (piece) => {
      body += piece.toString('latin1')
    },
  )
  try {
    for (const piece of pieces) reader.read(Buffer.from(piece))
  } catch (error) {
    if (!(error instanceof HttpFault)) throw error
    return { outcome: error.fault, head }
  }
  const complete = reader.finish() && head !== undefined
  return { outcome: complete && head !== undefined ? [head.status, head.phrase, body] : undefined, head }
}

/** Numbers that are the same in every run (mulberry32). */
export function numbers(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) % below
  }
}

/** Bytes in pieces by chance. */
export function cut(bytes: Uint8Array, pick: (below: number) => number): Uint8Array[] {
  const pieces: Uint8Array[] = []
  for (let at = 0; at < bytes.length; ) {
    const length = 1 + pick(9)
    pieces.push(bytes.subarray(at, at + length))
    at += length
  }
  return pieces
}
