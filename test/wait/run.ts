import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import type { Plan } from '../../src/plan/plan.ts'
import type { Outcome, WaitEvent } from '../../src/wait/event.ts'
import { wait } from '../../src/wait/wait.ts'
import { FakeClock, settle } from './fake-clock.ts'

/** An event with the time it came, in milliseconds from the start of the wait. */
export type Timed = WaitEvent & { readonly at: number }

/** A wait on a clock that a test owns. */
export class Run {
  readonly clock = new FakeClock()
  readonly interrupt = new AbortController()
  readonly events: Timed[] = []
  /** What `random` gives: 0.5 spreads nothing. */
  random = 0.5
  readonly #started = this.clock.now()

  get elapsedMs(): number {
    return this.clock.now() - this.#started
  }

  begin(plan: Plan): Promise<Outcome> {
    return wait(plan, {
      clock: this.clock,
      random: () => this.random,
      emit: (event) => this.events.push({ ...event, at: this.elapsedMs }),
      interrupt: this.interrupt.signal,
    })
  }

  /** Runs a wait to its end, and sees that nothing of it is left. */
  async toEnd(plan: Plan): Promise<Outcome> {
    const outcome = await this.clock.runUntil(this.begin(plan))
    await this.leavesNothing()
    return outcome
  }

  async leavesNothing(): Promise<void> {
    const count = this.events.length
    assert.equal(this.clock.pending, 0, 'a timer is left')
    assert.equal(getEventListeners(this.interrupt.signal, 'abort').length, 0, 'a listener is left')
    await settle()
    assert.equal(this.events.length, count, 'an event came after the end')
  }

  /** The events but for those of single attempts, in short: `1000 change waiting ECONNREFUSED`. */
  get told(): string[] {
    return this.events.filter((event) => event.type !== 'attempt').map(inShort)
  }

  all<T extends WaitEvent['type']>(type: T): (Timed & { readonly type: T })[] {
    return this.events.filter((event): event is Timed & { readonly type: T } => event.type === type)
  }
}

function inShort(event: Timed): string {
  const at = Math.round(event.at)
  switch (event.type) {
    case 'start':
      return `${at} start ${event.statuses.length}`
    case 'heartbeat':
      return `${at} heartbeat ${event.pending.map(({ check }) => check.target).join()} of ${event.total}`
    case 'end':
      return `${at} end ${event.outcome}`
    default: {
      const { check, state, failure, detail } = event.status
      return [at, event.type, check.target, state, failure?.code ?? detail].join(' ').trimEnd()
    }
  }
}
