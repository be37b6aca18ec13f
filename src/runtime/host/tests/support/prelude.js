// What the tests' programs start with: a loop without timers, primitives as promises.
const host = globalThis.__host
const [arg0, ...args] = host.args()
const tickets = new Map()
const rejected = new Map()
let lastTicket = 0
let wanted = 0
let alarm
const sent = (text) => new Uint8Array(host.utf8Encode(text))
const text = (bytes) => host.utf8Decode(new Uint8Array(bytes))
const print = (...things) =>
  host.write(
    1,
    sent(`${things.map((thing) => (typeof thing === 'string' ? thing : JSON.stringify(thing))).join(' ')}\n`),
  )

// Calls `start` with a ticket, and promises the answer. What `start` returns is the promise's `handle`.
function ask(start) {
  const ticket = ++lastTicket
  wanted++
  let handle
  const promise = new Promise((resolve, reject) => {
    tickets.set(ticket, (error, value) => {
      wanted--
      tickets.delete(ticket)
      error ? reject(error) : resolve(value)
    })
    handle = start(ticket)
  })
  promise.handle = handle
  promise.drop = () => {
    if (tickets.delete(ticket)) wanted--
  }
  return promise
}

// A ticket that is answered any number of times; it does not keep the program alive.
function repeat(start, answer) {
  const ticket = ++lastTicket
  tickets.set(ticket, answer)
  return start(ticket)
}

const code = (promise) =>
  promise.then(
    (value) => `answered ${JSON.stringify(value)}`,
    (error) => error.code,
  )
const thrown = (f) => {
  try {
    return `returned ${JSON.stringify(f())}`
  } catch (error) {
    return error.code ?? error.message
  }
}
function sleep(ms) {
  wanted++
  host.wakeIn(ms)
  return new Promise((resolve) => {
    alarm = () => {
      wanted--
      resolve()
    }
  })
}

const connect = async (port, address = '127.0.0.1') => {
  const promise = ask((ticket) => host.connectTcp(ticket, address, Number(port)))
  await promise
  return promise.handle
}
const read = (handle) => ask((ticket) => host.read(ticket, handle))
const send = (handle, data) => {
  let atOnce = false
  const promise = ask((ticket) => {
    atOnce = host.send(ticket, handle, typeof data === 'string' ? sent(data) : data)
  })
  if (!atOnce) return promise
  promise.drop()
  return Promise.resolve()
}
const shutdown = (handle) => ask((ticket) => host.shutdown(ticket, handle))
const tls = (handle, options) =>
  ask((ticket) => host.tls(ticket, handle, { serverName: 'db.example', reject: true, ...options }))
const file = (path) => text(host.readFile(path))

host.attach({
  begin() {},
  complete(ticket, error, value) {
    const answer = tickets.get(ticket)
    if (answer === undefined) print('an answer nobody waits for', ticket)
    else answer(error, value)
  },
  tick() {
    const due = alarm
    alarm = undefined
    due?.()
  },
  settle() {
    for (const reason of rejected.values()) {
      print(`rejected: ${reason?.code} ${reason?.message} ${reason?.stack}`)
      host.exit(1)
    }
    return wanted > 0 ? 1 : 0
  },
  rejection(promise, reason, handled) {
    if (handled) rejected.delete(promise)
    else rejected.set(promise, reason)
  },
  finished() {},
})
