import assert from 'node:assert/strict'
import { EventEmitter, once } from 'node:events'
import { Duplex, Readable, Transform, Writable } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'
import { test } from 'node:test'
import { next, record } from './peer.ts'

test('a readable gives what is pushed, then ends, then closes', async () => {
  const readable = new Readable({ read() {} })
  const events = record(readable, ['data', 'end', 'close'])
  readable.push('a')
  readable.push(Buffer.from('b'))
  readable.push(null)
  await next(readable, 'close')
  assert.deepEqual(events, ['data', 'data', 'end', 'close'])
})

test('push says when to stop, and read asks again', () => {
  const readable = new Readable({ highWaterMark: 4, read() {} })
  assert.equal(readable.push('abc'), true)
  assert.equal(readable.push('de'), false)
  assert.equal(readable.readableLength, 5)
  assert.equal(String(readable.read()), 'abcde')
})

test('a writable calls one write after the other, then final, then finish', async () => {
  const seen: string[] = []
  const writable = new Writable({
    write(chunk, _encoding, done) {
      seen.push(String(chunk))
      setTimeout(done, 1)
    },
    final(done) {
      seen.push('final')
      done()
    },
  })
  const events = record(writable, ['finish', 'close', 'error'])
  writable.write('a')
  writable.write('b')
  writable.end('c')
  await next(writable, 'close')
  assert.deepEqual(seen, ['a', 'b', 'c', 'final'])
  assert.deepEqual(events, ['finish', 'close'])
})

test('cork holds back until uncork, writev gets all at once', async () => {
  const seen: number[] = []
  const writable = new Writable({
    writev(chunks, done) {
      seen.push(chunks.length)
      done()
    },
  })
  writable.cork()
  writable.write('a')
  writable.write('b')
  writable.uncork()
  writable.end()
  await next(writable, 'finish')
  assert.deepEqual(seen, [2])
})

test('an error of a write destroys, once', async () => {
  const writable = new Writable({ write: (_chunk, _encoding, done) => done(new Error('broken')) })
  const events = record(writable, ['error', 'close', 'finish'])
  writable.write('a')
  writable.write('b')
  await next(writable, 'close')
  assert.equal(events.length, 2)
  assert.equal(writable.destroyed, true)
})

test('a transform', async () => {
  const upper = new Transform({
    transform(chunk, _encoding, done) {
      done(null, String(chunk).toUpperCase())
    },
    flush(done) {
      done(null, '!')
    },
  })
  upper.end('abc')
  let text = ''
  upper.on('data', (chunk) => {
    text += chunk
  })
  await next(upper, 'end')
  assert.equal(text, 'ABC!')
})

test('a duplex that may not be half open ends its writing side with its reading side', async () => {
  const duplex = new Duplex({ allowHalfOpen: false, read() {}, write: (_chunk, _encoding, done) => done() })
  const events = record(duplex, ['end', 'finish', 'close'])
  duplex.push(null)
  duplex.resume()
  await next(duplex, 'close')
  assert.deepEqual(events, ['end', 'finish', 'close'])
})

test('listeners are called in their order, the first first, once ones once', () => {
  const emitter = new EventEmitter()
  const seen: string[] = []
  emitter.on('event', () => seen.push('second'))
  emitter.prependListener('event', () => seen.push('first'))
  emitter.once('event', () => seen.push('once'))
  assert.equal(emitter.emit('event'), true)
  assert.equal(emitter.emit('event'), true)
  assert.equal(emitter.emit('other'), false)
  assert.deepEqual(seen, ['first', 'second', 'once', 'first', 'second'])
  assert.equal(emitter.listenerCount('event'), 2)
  emitter.removeAllListeners('event')
  assert.deepEqual(emitter.eventNames(), [])
})

test('an error that nobody listens to is thrown', () => {
  assert.throws(() => new EventEmitter().emit('error', new Error('unheard')), { message: 'unheard' })
})

test('once as a promise', async () => {
  const emitter = new EventEmitter()
  setTimeout(() => emitter.emit('done', 1, 2), 1)
  assert.deepEqual(await once(emitter, 'done'), [1, 2])
})

test('a decoder keeps the beginning of a character for the next piece', () => {
  const decoder = new StringDecoder('utf8')
  assert.equal(decoder.write(Buffer.from([0xe2, 0x82])), '')
  assert.equal(decoder.write(Buffer.from([0xac, 0x61])), '€a')
  assert.equal(decoder.end(Buffer.from([0xc3])), '\ufffd')
})
