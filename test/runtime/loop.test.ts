import assert from 'node:assert/strict'
import process from 'node:process'
import { test } from 'node:test'

/** Runs what schedules, then waits until nothing of it is left. */
async function order(schedule: (log: (word: string) => void) => void): Promise<string> {
  const words: string[] = []
  schedule((word) => words.push(word))
  // In turns: on a machine that stalls, one timer may come together with those that are to come before it.
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setTimeout(resolve, 20))
  return words.join(' ')
}

test('ticks come before microtasks, and both before anything else', async () => {
  const seen = await order((log) => {
    setTimeout(() => {
      setTimeout(() => log('timer'), 0)
      setImmediate(() => log('immediate'))
      queueMicrotask(() => log('microtask'))
      void Promise.resolve().then(() => log('promise'))
      process.nextTick(() => log('tick'))
      log('now')
    }, 1)
  })
  assert.equal(seen, 'now tick microtask promise immediate timer')
})

test('a tick made by a microtask runs before the next timer', async () => {
  const seen = await order((log) => {
    setTimeout(() => {
      log('first')
      void Promise.resolve().then(() => process.nextTick(() => log('tick')))
    }, 1)
    setTimeout(() => log('second'), 1)
  })
  assert.equal(seen, 'first tick second')
})

test('a tick made by a tick runs before microtasks', async () => {
  const seen = await order((log) => {
    setTimeout(() => {
      void Promise.resolve().then(() => log('promise'))
      process.nextTick(() => {
        log('one')
        process.nextTick(() => log('two'))
      })
    }, 1)
  })
  assert.equal(seen, 'one two promise')
})

test('microtasks run between two immediates', async () => {
  const seen = await order((log) => {
    setImmediate(() => {
      log('a')
      queueMicrotask(() => log('microtask of a'))
    })
    setImmediate(() => log('b'))
  })
  assert.equal(seen, 'a microtask of a b')
})

test('an immediate made by an immediate waits for the next round, a cleared one never comes', async () => {
  const seen = await order((log) => {
    const cleared = setImmediate(() => log('cleared'))
    setImmediate(() => {
      log('a')
      setImmediate(() => log('later'))
      clearImmediate(cleared)
    })
    setImmediate(() => log('b'))
    clearImmediate(cleared)
  })
  assert.equal(seen, 'a b later')
})

test('arguments reach timers, immediates and ticks', async () => {
  const seen = await order((log) => {
    setTimeout((a: string, b: string) => log(a + b), 1, '1', '2')
    setImmediate((a: string) => log(a), '3')
    process.nextTick((a: string) => log(a), '4')
  })
  assert.equal(seen, '4 3 12')
})

test('immediates that go on for ever do not hold back timers', async () => {
  let going = true
  const go = (): void => {
    if (going) setImmediate(go)
  }
  go()
  await new Promise((resolve) => setTimeout(resolve, 5))
  going = false
})

test('a rejection that is handled within the same turn is not reported', async () => {
  const reported: unknown[] = []
  const listener = (reason: unknown): void => void reported.push(reason)
  process.on('unhandledRejection', listener)
  const rejected = Promise.reject(new Error('handled'))
  await Promise.resolve()
  rejected.catch(() => {})
  await new Promise((resolve) => setTimeout(resolve, 5))
  process.off('unhandledRejection', listener)
  assert.deepEqual(reported, [])
})

test('the time in which there was nothing to do is told from the time of work, and that is counted', async () => {
  const idle = (): number => performance.eventLoopUtilization().idle
  const cpuMs = (): number => {
    const { user, system } = process.threadCpuUsage()
    return (user + system) / 1000
  }
  await new Promise((resolve) => setTimeout(resolve, 5))
  const before = { idle: idle(), cpu: cpuMs() }
  await new Promise((resolve) => setTimeout(resolve, 60))
  const slept = { idle: idle() - before.idle, cpu: cpuMs() - before.cpu }
  assert.ok(slept.idle > 40, `idle for ${slept.idle} ms of 60`)
  assert.ok(slept.cpu < 30, `${slept.cpu} ms of work while nothing was to be done`)
  const idleBefore = idle()
  const cpuBefore = cpuMs()
  while (cpuMs() - cpuBefore < 30);
  assert.ok(idle() - idleBefore < 5)
})
