import assert from 'node:assert/strict'
import { test } from 'node:test'

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

test('timers run in the order of their times, those of one time as they were set', async () => {
  const seen: string[] = []
  setTimeout(() => seen.push('30'), 30)
  setTimeout(() => seen.push('10 first'), 10)
  setTimeout(() => seen.push('10 second'), 10)
  setTimeout(() => seen.push('1'), 1)
  await sleep(80)
  assert.deepEqual(seen, ['1', '10 first', '10 second', '30'])
})

test('a timer never runs early', async () => {
  for (const ms of [1, 3, 20]) {
    const started = performance.now()
    await sleep(ms)
    assert.ok(performance.now() - started >= ms - 1, `${performance.now() - started} of ${ms}`)
  }
})

test('delays that are not numbers, negative or too long are one millisecond', async () => {
  const started = performance.now()
  for (const delay of [undefined, Number.NaN, -5, 2 ** 31]) {
    await new Promise<void>((resolve) => setTimeout(resolve, delay))
  }
  assert.ok(performance.now() - started < 1000)
})

test('a cleared timer does not run, also when another clears it at its time', async () => {
  const seen: string[] = []
  const early = setTimeout(() => seen.push('early'), 5)
  clearTimeout(early)
  setTimeout(() => clearTimeout(second), 10)
  const second = setTimeout(() => seen.push('second'), 10)
  clearTimeout(undefined)
  clearTimeout(null as unknown as undefined)
  await sleep(40)
  assert.deepEqual(seen, [])
})

test('an interval goes on until it is cleared, also from within', async () => {
  let count = 0
  const interval = setInterval(() => {
    count += 1
    if (count === 3) clearInterval(interval)
  }, 2)
  await sleep(60)
  assert.equal(count, 3)
})

test('refresh starts the delay anew, also of a timer that has run', async () => {
  let count = 0
  const timer = setTimeout(() => {
    count += 1
  }, 40)
  await sleep(25)
  timer.refresh()
  await sleep(25)
  assert.equal(count, 0)
  await sleep(40)
  assert.equal(count, 1)
  timer.refresh()
  await sleep(60)
  assert.equal(count, 2)
})

test('unref and ref are told by hasRef', () => {
  const timer = setTimeout(() => {}, 1)
  assert.equal(timer.hasRef(), true)
  assert.equal(timer.unref(), timer)
  assert.equal(timer.hasRef(), false)
  assert.equal(timer.ref().hasRef(), true)
  clearTimeout(timer)
})

test('a timer that is set within a timer waits its own delay', async () => {
  const started = performance.now()
  await new Promise<void>((resolve) => {
    setTimeout(() => setTimeout(resolve, 20), 10)
  })
  assert.ok(performance.now() - started >= 28)
})

test('what is no function is refused', () => {
  assert.throws(() => setTimeout('code' as unknown as () => void, 1), { code: 'ERR_INVALID_ARG_TYPE' })
})

test('a thousand timers run, each once', async () => {
  let ran = 0
  for (let i = 0; i < 1000; i += 1) {
    const timer = setTimeout(() => {
      ran += 1
    }, i % 17)
    if (i % 3 === 0) clearTimeout(timer)
  }
  await sleep(100)
  assert.equal(ran, 666)
})

test('hundreds of timers, many of them cleared: the others run, none early', async () => {
  const early: number[] = []
  const ran = new Set<number>()
  const timers = Array.from({ length: 400 }, (_, i) => {
    const delay = 1 + ((i * 7919) % 97)
    const due = performance.now() + delay
    return setTimeout(() => {
      ran.add(i)
      if (performance.now() < due - 1) early.push(i)
    }, delay)
  })
  const isCleared = (i: number): boolean => (i * 31) % 5 < 3
  for (const [i, timer] of timers.toReversed().entries()) if (isCleared(399 - i)) clearTimeout(timer)
  await sleep(200)
  assert.deepEqual(early, [])
  assert.deepEqual(
    [...ran].sort((a, b) => a - b),
    timers.map((_, i) => i).filter((i) => !isCleared(i)),
  )
})
