/** What becomes of writes: those that were accepted are with the system, whatever happens to the socket afterwards. */
import assert from 'node:assert/strict'
import net from 'node:net'
import { test } from 'node:test'
import type { Step } from './peer/script.ts'
import { connect, next, peer, readAll } from './peer.ts'

type Done = (error?: Error | null) => void

/** Makes a callback that notes its name and what it was given. */
type Note = (name: string) => Done

interface Case {
  readonly act: (socket: net.Socket, note: Note) => void
  /** What happens, in its order, up to the end of the connection. */
  readonly events: readonly string[]
  readonly arrives: string
}

const mine = (): Error => Object.assign(new Error('mine'), { code: 'MINE' })

/** On a connection that stands, to a peer that reads. */
const CASES: Readonly<Record<string, Case>> = {
  'a write, then destroy': {
    act(socket, note) {
      socket.write('hello', note('written'))
      socket.destroy()
    },
    events: ['written null', 'close'],
    arrives: 'hello',
  },
  'several writes, then destroy with an error': {
    act(socket, note) {
      socket.write('a', note('a'))
      socket.write('', note('nothing'))
      socket.write('b', note('b'))
      socket.destroy(mine())
    },
    events: ['a null', 'nothing null', 'b null', 'error MINE', 'close'],
    arrives: 'ab',
  },
  'an end with data, then destroy': {
    act(socket, note) {
      socket.end('last', note('ended'))
      socket.destroy()
    },
    events: ['ended ERR_STREAM_DESTROYED', 'close'],
    arrives: 'last',
  },
  'a write, an end, then destroy': {
    act(socket, note) {
      socket.write('hello', note('written'))
      socket.end()
      socket.destroy()
    },
    events: ['written null', 'close'],
    arrives: 'hello',
  },
  'what was corked, once it is uncorked, then destroy': {
    act(socket, note) {
      socket.cork()
      socket.write('a', note('a'))
      socket.write('b', note('b'))
      socket.uncork()
      socket.destroy()
    },
    events: ['a null', 'b null', 'close'],
    arrives: 'ab',
  },
  'what is corked, then destroy': {
    act(socket, note) {
      socket.cork()
      socket.write('a', note('a'))
      socket.write('b', note('b'))
      socket.destroy()
    },
    events: ['a ERR_STREAM_DESTROYED', 'b ERR_STREAM_DESTROYED', 'close'],
    arrives: '',
  },
  'destroy within the callback of a write': {
    act(socket, note) {
      socket.write('a', (error) => {
        note('a')(error)
        socket.write('c', note('c'))
        socket.destroy()
      })
      socket.write('b', note('b'))
    },
    events: ['a null', 'b null', 'c null', 'close'],
    arrives: 'abc',
  },
  'a write and destroySoon': {
    act(socket, note) {
      socket.write('hello', note('written'))
      socket.destroySoon()
    },
    events: ['written null', 'finish', 'close'],
    arrives: 'hello',
  },
  'an end with data and destroySoon': {
    act(socket, note) {
      socket.end('last', note('ended'))
      socket.destroySoon()
    },
    events: ['ended null', 'finish', 'close'],
    arrives: 'last',
  },
  'nothing, written and ended': {
    act(socket, note) {
      socket.write('', note('nothing'))
      socket.end(note('ended'))
    },
    events: ['nothing null', 'ended null', 'finish', 'end', 'close'],
    arrives: '',
  },
  'nothing among something': {
    act(socket, note) {
      socket.write(new Uint8Array(0), note('1'))
      socket.write('a', note('2'))
      socket.write('', note('3'))
      socket.end('', note('ended'))
    },
    events: ['1 null', '2 null', '3 null', 'ended null', 'finish', 'end', 'close'],
    arrives: 'a',
  },
  'two ends': {
    act(socket, note) {
      socket.end('a', note('first'))
      socket.end(note('second'))
    },
    events: ['first null', 'second null', 'finish', 'end', 'close'],
    arrives: 'a',
  },
}

let names = 0

/** A connection whose every byte from now on is kept by the peer, and what happens on it. */
async function kept(
  dial: (steps: readonly Step[]) => Promise<net.Socket>,
): Promise<{ socket: net.Socket; name: string; events: string[]; note: Note }> {
  names += 1
  const name = `${Math.random()} ${names}`
  const socket = await dial([['keep', name], ['write', 'go'], ['wait for end'], ['end']])
  await next(socket, 'data')
  return { socket, name, ...noting(socket) }
}

function noting(socket: net.Socket): { events: string[]; note: Note } {
  const events: string[] = []
  const note: Note = (name) => (value) => {
    const told = value instanceof Error ? ` ${(value as NodeJS.ErrnoException).code}` : ''
    events.push(`${name}${value === null ? ' null' : told}`)
  }
  for (const name of ['connect', 'drain', 'finish', 'end', 'error']) socket.on(name, note(name))
  socket.on('close', () => events.push('close'))
  return { events, note }
}

/** What arrived at the peer under a name, once that connection is over. */
async function arrived(name: string): Promise<string> {
  return readAll(await connect([['tell', name], ['end']]))
}

async function dialUnix(steps: readonly Step[]): Promise<net.Socket> {
  const { unix } = await peer()
  const socket = net.connect({ path: unix })
  socket.write(`${JSON.stringify(steps)}\n`)
  return socket
}

for (const [sort, dial] of [
  ['TCP', connect],
  ['a Unix socket', dialUnix],
] as const) {
  for (const [title, { act, events: expected, arrives }] of Object.entries(CASES)) {
    test(`${title}, over ${sort}`, async () => {
      const { socket, name, events, note } = await kept(dial)
      act(socket, note)
      await next(socket, 'close')
      assert.equal(await arrived(name), arrives)
      assert.deepEqual(events, expected)
      assert.equal(socket.writableLength, 0)
    })
  }
}

test('a write that the system takes at once is none that waits', async () => {
  const { socket, name, events, note } = await kept(connect)
  assert.equal(socket.write('x'.repeat(70_000), note('written')), true)
  assert.equal(socket.writableLength, 0)
  socket.destroy()
  await next(socket, 'close')
  assert.equal((await arrived(name)).length, 70_000)
  assert.deepEqual(events, ['written null', 'close'])
})

/** More than the buffers of the system hold. */
const MUCH = new Uint8Array(16 << 20)

/** A connection to a peer that does not read. */
async function stuck(): Promise<{ socket: net.Socket; events: string[]; note: Note }> {
  const socket = await connect([['stop reading'], ['write', 'go'], ['wait', 600_000]])
  await next(socket, 'data')
  return { socket, ...noting(socket) }
}

for (const [title, error, expected] of [
  ['without an error', undefined, ['much ECANCELED', 'more ECANCELED', 'ended ECANCELED', 'close']],
  ['with an error', mine(), ['error MINE', 'much ECANCELED', 'more MINE', 'ended MINE', 'close']],
] as const) {
  test(`what the peer does not take is told to have been cut off: destroy ${title}`, async () => {
    const { socket, events, note } = await stuck()
    assert.equal(socket.write(MUCH, note('much')), false)
    assert.ok(socket.writableLength > 0)
    socket.write('more', note('more'))
    socket.end(note('ended'))
    socket.destroy(error)
    await next(socket, 'close')
    assert.deepEqual(events, expected)
  })

  test(`what waits for a connection is told that there was none: destroy ${title}`, async () => {
    const { tcp } = await peer()
    const socket = net.connect({ host: '127.0.0.1', port: tcp })
    const { events, note } = noting(socket)
    socket.write('a', note('a'))
    socket.end('b', note('b'))
    socket.destroy(error)
    await next(socket, 'close')
    const never = 'ERR_SOCKET_CLOSED_BEFORE_CONNECTION'
    const [told, rest] = error === undefined ? [[], never] : [['error MINE'], 'MINE']
    assert.deepEqual(events, [...told, 'close', `a ${never}`, `b ${rest}`])
  })
}

test('a write to a connection that was reset fails, then the socket does', async () => {
  const socket = await connect([['reset']])
  // who does not read does not hear of a reset
  socket.pause()
  await next(socket, 'connect')
  const { events, note } = noting(socket)
  const write = (): Promise<unknown> => new Promise((resolve) => socket.write('x', resolve))
  while ((await write()) === null) await new Promise((resolve) => setTimeout(resolve, 1))
  socket.write('late', note('late'))
  await next(socket, 'close')
  assert.match(events[0] ?? '', /^error (EPIPE|ECONNRESET)$/)
  assert.deepEqual(events.slice(1), ['late ERR_STREAM_DESTROYED', 'close'])
})
