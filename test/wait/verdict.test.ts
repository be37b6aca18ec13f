import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { CheckState, Outcome } from '../../src/wait/event.ts'
import { exitCode, verdict } from '../../src/wait/verdict.ts'

const STATES: Readonly<Record<string, CheckState>> = { w: 'waiting', s: 'stuck', r: 'ready', f: 'failed' }

describe('the decision over all checks', () => {
  // One letter a check: waiting, stuck, ready, failed.
  const table: [string, ReturnType<typeof verdict>, ReturnType<typeof verdict>][] = [
    ['w', undefined, undefined],
    ['s', undefined, undefined],
    ['r', 'ready', 'ready'],
    ['f', 'failed', 'failed'],
    ['rr', 'ready', 'ready'],
    ['rw', undefined, 'ready'],
    ['rs', undefined, 'ready'],
    ['ws', undefined, undefined],
    ['fw', 'failed', undefined],
    ['fs', 'failed', undefined],
    ['fr', 'failed', 'ready'],
    ['ff', 'failed', 'failed'],
    ['rrrw', undefined, 'ready'],
    ['rrrf', 'failed', 'ready'],
    ['fffw', 'failed', undefined],
    ['fffr', 'failed', 'ready'],
  ]
  for (const [letters, all, any] of table) {
    const states = Array.from(letters, (letter) => STATES[letter] ?? 'waiting')
    test(`of ${states.join(', ')} is ${all}; with --any ${any}`, () => {
      assert.equal(verdict(states, false), all)
      assert.equal(verdict([...states].reverse(), false), all)
      assert.equal(verdict(states, true), any)
    })
  }
})

describe('the exit code', () => {
  const table: [Outcome, number, number][] = [
    ['ready', 0, 0],
    ['not-ready', 0, 1],
    ['failed', 0, 3],
    ['timeout', 0, 124],
    ['interrupted', 2, 130],
    ['interrupted', 15, 143],
    ['interrupted', 1, 129],
  ]
  for (const [outcome, signal, code] of table) {
    test(`of ${outcome}${signal ? ` by signal ${signal}` : ''} is ${code}`, () =>
      assert.equal(exitCode(outcome, signal), code))
  }
})
