import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import process from 'node:process'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { Failure } from '../../src/checks/failure.ts'
import type { Attempt } from '../../src/checks/kind.ts'
import { type FinishedAttempt, runAttempt } from '../../src/wait/attempt.ts'
import { FakeClock, settle } from './fake-clock.ts'
import { afterMs, refused, ScriptedTarget, type Step, untilAborted } from './scripted-target.ts'

const LIMIT = 3000

let clock: FakeClock
let stop: AbortController
let target: ScriptedTarget

beforeEach(() => {
  clock = new FakeClock()
  stop = new AbortController()
})

afterEach(() => {
  assert.equal(clock.pending, 0, 'a timer is left')
  assert.equal(getEventListeners(stop.signal, 'abort').length, 0, 'a listener is left')
})

function start(step: Step): Promise<FinishedAttempt> {
  target = new ScriptedTarget('t', step)
  return runAttempt(target, LIMIT, clock, stop.signal, () => ({ millicores: 10, throttledPeriods: 45 }))
}

function failureOf(finished: FinishedAttempt): Failure {
  if (finished.result.ready) throw new Error('was ready')
  return finished.result.failure
}

function signalOfProbe(): AbortSignal {
  const signal = target.attempts[0]?.signal
  assert.ok(signal !== undefined)
  return signal
}

describe('an attempt', () => {
  test('tells the probe how long it may take, so that a resolver fails before that and says why', async () => {
    await clock.runUntil(start('ready'))
    assert.equal(target.attempts[0]?.timeoutMs, LIMIT)
  })

  test('that succeeds gives what it found and how long it took', async () => {
    const finished = await clock.runUntil(
      start(async () => {
        await new Promise<void>((resolve) => clock.after(40, resolve))
        return { detail: '200 OK' }
      }),
    )
    assert.deepEqual(finished, { result: { ready: true, detail: '200 OK' }, cut: false, tookMs: 40 })
  })

  test('that fails gives the failure as it is', async () => {
    const finished = await clock.runUntil(start(afterMs(clock, 15, refused)))
    assert.equal(failureOf(finished), refused)
    assert.deepEqual([finished.cut, finished.tookMs], [false, 15])
  })

  test('that fails before it waits for anything gives the failure as well', async () => {
    const finished = await start(() => {
      throw refused
    })
    assert.equal(failureOf(finished), refused)
  })

  test('begins at once', async () => {
    const running = start('ready')
    assert.equal(target.attempts.length, 1)
    await running
  })

  test('keeps its signal quiet when it ends by itself', async () => {
    await start('ready')
    assert.equal(signalOfProbe().aborted, false)
  })
})

describe('an attempt that gets no answer', () => {
  test('ends exactly at its bound, and its probe is told to', async () => {
    const running = start('silent')
    await clock.advance(LIMIT - 1)
    assert.equal(signalOfProbe().aborted, false)
    await clock.advance(1)
    assert.equal(signalOfProbe().aborted, true)
    const finished = await running
    assert.deepEqual([finished.cut, finished.tookMs], [false, LIMIT])
    assert.equal(target.running, 0)
  })

  const said: [string, (attempt: Attempt) => void, string, boolean][] = [
    ['nothing', () => {}, 'no answer in 3s', true],
    [
      'what it waits for',
      (a) => a.waitingFor('the TLS handshake'),
      'no answer in 3s (waiting for the TLS handshake)',
      true,
    ],
    [
      'one phase after another',
      (a) => {
        a.waitingFor('the connection to be accepted')
        a.waitingFor('the response headers')
      },
      'no answer in 3s (waiting for the response headers)',
      true,
    ],
    [
      'that it has heard the peer',
      (a) => {
        a.heard()
        a.waitingFor('the end of the body')
      },
      'no answer in 3s (waiting for the end of the body)',
      false,
    ],
  ]
  for (const [what, say, reason, down] of said) {
    test(`after it said ${what} is ${JSON.stringify(reason)}, which is ${down ? '' : 'not '}down`, async () => {
      const finished = await clock.runUntil(
        start((attempt) => {
          say(attempt)
          return untilAborted(attempt)
        }),
      )
      const { code, lasting, ...rest } = failureOf(finished)
      assert.deepEqual([code, lasting, rest.reason, rest.down], ['TIMEOUT', false, reason, down])
    })
  }

  test('gives the peer back the time in which the process had no processor, and says who took it', async () => {
    const running = start('silent')
    clock.starve(4500)
    await clock.advance(2999)
    assert.deepEqual(await Promise.race([running, settle()]), undefined)
    await clock.advance(1)
    const reason =
      'no answer in 3s; readywhen itself was held back for 60% of the time by its CPU limit of 10m'
    assert.equal(failureOf(await running).reason, reason)
  })

  test('is left behind when its probe does not end though it was told to', async () => {
    const finished = await clock.runUntil(start(() => new Promise(() => {})))
    assert.deepEqual([failureOf(finished).code, finished.tookMs], ['TIMEOUT', LIMIT])
    assert.equal(target.running, 1)
  })
})

describe('an attempt that the end of the wait cuts short', () => {
  test('ends at once and says so', async () => {
    const running = start((attempt) => {
      attempt.waitingFor('the greeting')
      return untilAborted(attempt)
    })
    await clock.advance(700)
    stop.abort()
    const finished = await running
    assert.deepEqual([finished.cut, finished.tookMs], [true, 700])
    assert.equal(failureOf(finished).reason, 'no answer in 700ms (waiting for the greeting)')
    assert.equal(signalOfProbe().aborted, true)
  })

  test('ends at once also when its probe does not', async () => {
    const running = start(() => new Promise(() => {}))
    stop.abort()
    assert.equal((await running).cut, true)
  })
})

describe('what a probe does after its attempt is over', () => {
  const late: [string, () => unknown][] = [
    ['fails', () => refused],
    ['breaks', () => new TypeError('x is undefined')],
    ['throws what is no error', () => undefined],
  ]
  for (const [what, error] of late) {
    test(`does not matter: it ${what}`, async () => {
      const unhandled: unknown[] = []
      const note = (reason: unknown): number => unhandled.push(reason)
      process.on('unhandledRejection', note)
      let reject: (error: unknown) => void = () => {}
      const finished = await clock.runUntil(start(() => new Promise((_, no) => (reject = no))))
      reject(error())
      await settle()
      await settle()
      process.off('unhandledRejection', note)
      assert.deepEqual([failureOf(finished).code, unhandled], ['TIMEOUT', []])
    })
  }

  test('does not matter: it succeeds', async () => {
    let resolve: (ready: object) => void = () => {}
    const finished = await clock.runUntil(start(() => new Promise((yes) => (resolve = yes))))
    resolve({ detail: 'too late' })
    await settle()
    assert.equal(failureOf(finished).code, 'TIMEOUT')
  })

  test('says nothing more about the attempt', async () => {
    const finished = await clock.runUntil(start('silent'))
    target.attempts[0]?.waitingFor('something else')
    assert.equal(failureOf(finished).reason, 'no answer in 3s')
  })
})

describe('a probe that fails with anything but a Failure', () => {
  const bugs: [string, Step][] = [
    ['rejects', () => Promise.reject(new TypeError('x is undefined'))],
    [
      'throws',
      () => {
        throw new TypeError('x is undefined')
      },
    ],
    [
      'looks like a Failure',
      () => Promise.reject(Object.assign(new TypeError('x is undefined'), { ...refused })),
    ],
  ]
  for (const [what, step] of bugs) {
    test(`is a bug: it ${what}`, async () => {
      await assert.rejects(start(step), { name: /TypeError|Failure/, message: 'x is undefined' })
      assert.equal(signalOfProbe().aborted, true)
    })
  }

  test('is a bug whatever it rejects with', async () => {
    await assert.rejects(
      start(() => Promise.reject(undefined)),
      (error) => error === undefined,
    )
  })
})

test('a failure has its words for a message, and is neither lasting nor down unless it says so', () => {
  const { message, name, lasting, down, hint } = new Failure({ code: 'X', reason: 'because' })
  assert.deepEqual([message, name, lasting, down, hint], ['because', 'Failure', false, false, undefined])
})
