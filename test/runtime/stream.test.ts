import assert from 'node:assert/strict'
import { EventEmitter, once } from 'node:events'
import { Duplex, Readable } from 'node:stream'
import { test } from 'node:test'
import { next, record } from './peer.ts'

/** A stream that is fed from outside. */
class Source extends Readable {
  asked = 0
  override _read(): void {
    this.asked += 1
  }
}

type Done = (error?: Error | null) => void

/** A stream whose writes are answered when the test says so. */
class Sink extends Duplex {
  readonly seen: string[] = []
  #answer: Done | undefined
  override _read(): void {}
  override _write(data: Buffer, _encoding: string, done: Done): void {
    this.seen.push(String(data))
    this.#answer = done
  }
  override _final(done: Done): void {
    this.seen.push('final')
    done()
  }
  answer(error?: Error): void {
    const answer = this.#answer
    this.#answer = undefined
    answer?.(error)
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1))

test('a readable gives what is pushed, then ends, then closes', async () => {
  const source = new Source()
  const events = record(source, ['data', 'end', 'close'])
  source.push(Buffer.from('a'))
  source.push(Buffer.from('b'))
  source.push(null)
  assert.deepEqual(events, [])
  assert.equal(source.readable, true)
  await next(source, 'close')
  assert.deepEqual(events, ['data', 'data', 'end', 'close'])
  assert.deepEqual([source.readableEnded, source.destroyed, source.readable], [true, true, false])
})

test('nothing ends before somebody wants its data', async () => {
  const source = new Source()
  const events = record(source, ['end', 'close'])
  source.push(null)
  await turn()
  assert.deepEqual([source.readableFlowing, events], [null, []])
  source.resume()
  await next(source, 'close')
  assert.deepEqual(events, ['end', 'close'])
})

test('push says when to stop, and more is asked for once that was read', async () => {
  const source = new Source()
  source.pause()
  assert.equal(source.push(Buffer.alloc(65_535)), true)
  assert.equal(source.push(Buffer.alloc(1)), false)
  assert.equal(source.readableLength, 65_536)
  const asked = source.asked
  let read = 0
  source.on('data', (data) => {
    read += data.length
  })
  await turn()
  assert.deepEqual([read, source.isPaused(), source.asked], [0, true, asked])
  source.resume()
  await turn()
  assert.deepEqual([read, source.readableLength], [65_536, 0])
  assert.ok(source.asked > asked)
  source.destroy()
})

test('pausing within data keeps the rest for later', async () => {
  const source = new Source()
  const seen: string[] = []
  source.on('data', (data) => {
    seen.push(String(data))
    source.pause()
  })
  for (const text of ['a', 'b', 'c']) source.push(Buffer.from(text))
  source.push(null)
  await turn()
  assert.deepEqual(seen, ['a'])
  source.resume()
  await turn()
  assert.deepEqual(seen, ['a', 'b'])
  source.resume()
  // The end needs no resume of its own.
  await next(source, 'end')
  assert.deepEqual(seen, ['a', 'b', 'c'])
})

test('an error destroys: it is told once, then close, and nothing ends', async () => {
  const source = new Source()
  const events = record(source, ['data', 'end', 'error', 'close'])
  source.push(null)
  source.destroy(Object.assign(new Error('broken'), { code: 'BROKEN' }))
  source.destroy(new Error('again'))
  await next(source, 'close')
  await turn()
  assert.deepEqual(events, ['error BROKEN', 'close'])
  assert.equal(source.errored?.message, 'broken')
})

test('one write follows the other, then final, then finish', async () => {
  const sink = new Sink()
  const events = record(sink, ['finish', 'close'])
  const done: string[] = []
  sink.write('a', () => done.push('a'))
  sink.write('bc', 'latin1', () => done.push('bc'))
  sink.end('d')
  assert.deepEqual([sink.writable, sink.writableEnded, sink.writableFinished], [false, true, false])
  assert.equal(sink.writableLength, 4)
  assert.deepEqual(sink.seen, ['a'])
  while (!sink.seen.includes('final')) {
    sink.answer()
    await turn()
  }
  assert.deepEqual(sink.seen.join('').replace('final', ''), 'abcd')
  assert.deepEqual([done, events, sink.writableFinished], [['a', 'bc'], ['finish'], true])
  assert.equal(sink.destroyed, false)
  sink.destroy()
  await next(sink, 'close')
})

test('a write of much asks to wait, and tells when all is written', async () => {
  const sink = new Sink()
  const events = record(sink, ['drain'])
  assert.equal(sink.write(Buffer.alloc(65_535)), true)
  assert.equal(sink.write(Buffer.alloc(1)), false)
  sink.answer()
  await turn()
  assert.deepEqual(events, [])
  sink.answer()
  await turn()
  assert.deepEqual(events, ['drain'])
  sink.destroy()
})

test('cork holds back until as many uncorks, or the end', async () => {
  const sink = new Sink()
  sink.cork()
  sink.cork()
  sink.write('a')
  sink.uncork()
  assert.deepEqual(sink.seen, [])
  sink.uncork()
  assert.deepEqual(sink.seen, ['a'])
  sink.answer()
  await turn()
  sink.cork()
  sink.write('b')
  sink.end()
  assert.deepEqual(sink.seen, ['a', 'b'])
  sink.uncork()
  sink.destroy()
})

test('an error of a write destroys, and fails what was to be written after it', async () => {
  const sink = new Sink()
  const events = record(sink, ['error', 'close', 'finish'])
  const failures: unknown[] = []
  sink.write('a', (error) => failures.push(error?.message))
  sink.write('b', (error) => failures.push(error?.message))
  sink.answer(new Error('broken'))
  await next(sink, 'close')
  assert.deepEqual(failures, ['broken', 'broken'])
  assert.deepEqual(events, ['error undefined', 'close'])
})

test('what waits to be written when a stream is destroyed fails', async () => {
  const sink = new Sink()
  sink.write('a')
  const failure = new Promise<NodeJS.ErrnoException>((resolve) => {
    sink.write('b', (error) => resolve(error as NodeJS.ErrnoException))
  })
  sink.destroy()
  sink.answer()
  assert.equal((await failure).code, 'ERR_STREAM_DESTROYED')
})

test('a duplex that may not be half open ends its writing side with its reading side', async () => {
  const sink = new Sink({ allowHalfOpen: false })
  const events = record(sink, ['end', 'finish', 'close'])
  sink.push(null)
  sink.resume()
  await next(sink, 'close')
  assert.deepEqual(events, ['end', 'finish', 'close'])
})

test('a duplex that may be half open closes when both sides have ended', async () => {
  const sink = new Sink()
  const events = record(sink, ['end', 'finish', 'close'])
  sink.push(null)
  sink.resume()
  await next(sink, 'end')
  await turn()
  assert.deepEqual([events, sink.writable], [['end'], true])
  sink.end()
  await next(sink, 'close')
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
