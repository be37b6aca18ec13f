import assert from 'node:assert/strict'
import { test } from 'node:test'

test('abort tells the listeners once, in their order, and the reason', () => {
  const controller = new AbortController()
  const { signal } = controller
  const seen: string[] = []
  signal.addEventListener('abort', (event) => seen.push(`a ${event.type}`))
  signal.addEventListener('abort', () => seen.push('b'), { once: true })
  const removed = (): void => void seen.push('removed')
  signal.addEventListener('abort', removed)
  signal.removeEventListener('abort', removed)
  assert.equal(signal.aborted, false)
  const reason = new Error('why')
  controller.abort(reason)
  controller.abort(new Error('too late'))
  assert.equal(signal.aborted, true)
  assert.equal(signal.reason, reason)
  assert.deepEqual(seen, ['a abort', 'b'])
})

test('without a reason it is an AbortError', () => {
  const controller = new AbortController()
  controller.abort()
  const reason: unknown = controller.signal.reason
  assert.ok(reason instanceof DOMException)
  assert.equal(reason.name, 'AbortError')
  assert.equal(reason.message, 'This operation was aborted')
  assert.equal(reason.code, 20)
  assert.throws(() => controller.signal.throwIfAborted(), { name: 'AbortError' })
  new AbortController().signal.throwIfAborted()
})

test('a signal that was aborted before is aborted at once', () => {
  const signal = AbortSignal.abort('reason')
  assert.equal(signal.aborted, true)
  assert.equal(signal.reason, 'reason')
})

test('the same listener is added once', () => {
  const controller = new AbortController()
  let count = 0
  const listener = (): void => {
    count += 1
  }
  controller.signal.addEventListener('abort', listener)
  controller.signal.addEventListener('abort', listener)
  controller.abort()
  assert.equal(count, 1)
})

test('a listener that is taken off by an earlier one is not called', () => {
  const controller = new AbortController()
  const seen: string[] = []
  const second = (): void => void seen.push('second')
  controller.signal.addEventListener('abort', () => controller.signal.removeEventListener('abort', second))
  controller.signal.addEventListener('abort', second)
  controller.abort()
  assert.deepEqual(seen, [])
})

test('a listener can depend on another signal', () => {
  const owner = new AbortController()
  const controller = new AbortController()
  const seen: string[] = []
  controller.signal.addEventListener('abort', () => seen.push('called'), { signal: owner.signal })
  owner.abort()
  controller.abort()
  assert.deepEqual(seen, [])
})

test('an event target of our own', () => {
  const target = new EventTarget()
  const seen: unknown[] = []
  target.addEventListener('x', { handleEvent: (event: Event) => seen.push(event.target === target) })
  const event = new Event('x', { cancelable: true })
  target.addEventListener('x', (given) => given.preventDefault())
  assert.equal(target.dispatchEvent(event), false)
  assert.deepEqual(seen, [true])
  assert.equal(event.defaultPrevented, true)
})
