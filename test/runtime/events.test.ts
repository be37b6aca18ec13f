import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { test } from 'node:test'

test('listeners are called in their order, with all arguments and the emitter', () => {
  const emitter = new EventEmitter()
  const calls: unknown[] = []
  emitter.on('a', function (this: unknown, ...args: unknown[]) {
    calls.push([this === emitter, ...args])
  })
  emitter.on('a', () => calls.push('second')).on('a', () => calls.push('third'))
  assert.equal(emitter.emit('a', 1, 2, 3), true)
  assert.equal(emitter.emit('b'), false)
  assert.deepEqual(calls, [[true, 1, 2, 3], 'second', 'third'])
  assert.equal(emitter.listenerCount('a'), 3)
})

test('a listener that is removed while an event is told is told of it all the same', () => {
  const emitter = new EventEmitter()
  const calls: string[] = []
  const last = (): number => calls.push('last')
  emitter.on('a', () => emitter.off('a', last)).on('a', last)
  emitter.emit('a')
  emitter.emit('a')
  assert.deepEqual(calls, ['last'])
})

test('once is once, also from within, and can be taken back', () => {
  const emitter = new EventEmitter()
  let count = 0
  emitter.once('a', () => {
    count++
    emitter.emit('a')
  })
  emitter.emit('a')
  assert.equal(count, 1)
  const never = (): never => assert.fail('it was taken back')
  emitter.once('a', never).off('a', never)
  assert.deepEqual([emitter.emit('a'), emitter.eventNames()], [false, []])
})

test('an error to which nobody listens is thrown', () => {
  const emitter = new EventEmitter()
  assert.throws(() => emitter.emit('error', new RangeError('mine')), RangeError)
  let heard: unknown
  emitter.on('error', (error) => {
    heard = error
  })
  emitter.emit('error', 'now')
  assert.equal(heard, 'now')
})

test('who asks is told of new listeners before they are there, and may add some', () => {
  const emitter = new EventEmitter()
  const calls: string[] = []
  const told: unknown[] = []
  const second = (): number => calls.push('second')
  emitter.once('newListener', (type, listener) => {
    told.push(type, listener, emitter.listenerCount('a'))
    emitter.on('a', () => calls.push('first'))
  })
  emitter.on('a', second)
  emitter.emit('a')
  assert.deepEqual(told, ['a', second, 0])
  assert.deepEqual(calls, ['first', 'second'])
  assert.throws(() => emitter.on('a', 'no function' as never), TypeError)
})
