/** Timers in the order of their due times. */
import { host } from './host.ts'
import { guard, keepAlive, type Task } from './loop.ts'

const LONGEST = 2 ** 31 - 1
const NOWHERE = -1

/** What `setTimeout` gives. */
export class Timeout {
  readonly task: Task
  readonly args: readonly unknown[]
  /** Milliseconds. */
  readonly delay: number
  repeats: boolean
  /** On the host's clock, in milliseconds. */
  due = 0
  /** Timers that are due at the same time run in the order in which they were set. */
  order = 0
  /** Where it stands in the heap. */
  place = NOWHERE
  #ref = true

  constructor(task: Task, delay: unknown, args: readonly unknown[], repeats: boolean) {
    if (typeof task !== 'function') {
      throw Object.assign(
        new TypeError(`The "callback" argument must be of type function. Received ${String(task)}`),
        { code: 'ERR_INVALID_ARG_TYPE' },
      )
    }
    const ms = Number(delay)
    this.task = task
    this.args = args
    this.delay = ms >= 1 && ms <= LONGEST ? Math.trunc(ms) : 1
    this.repeats = repeats
  }

  get waiting(): boolean {
    return this.place !== NOWHERE
  }

  ref(): this {
    if (!this.#ref && this.waiting) keepAlive(1)
    this.#ref = true
    return this
  }

  unref(): this {
    if (this.#ref && this.waiting) keepAlive(-1)
    this.#ref = false
    return this
  }

  hasRef(): boolean {
    return this.#ref
  }

  /** Starts the delay anew, also after the timer has run. */
  refresh(): this {
    remove(this)
    insert(this)
    return this
  }

  close(): this {
    clearTimer(this)
    return this
  }

  [Symbol.toPrimitive](): number {
    return this.order
  }
}

/** A binary heap, the first due in front: with hundreds of targets, timers come and go all the time. */
const heap: Timeout[] = []
let lastOrder = 0

function isBefore(one: Timeout, other: Timeout): boolean {
  return one.due < other.due || (one.due === other.due && one.order < other.order)
}

function put(timer: Timeout, place: number): void {
  heap[place] = timer
  timer.place = place
}

/** Moves a timer from a free place towards the front, as far as those before it are due later. */
function rise(timer: Timeout, from: number): void {
  let place = from
  while (place > 0) {
    const above = (place - 1) >> 1
    const parent = heap[above] as Timeout
    if (!isBefore(timer, parent)) break
    put(parent, place)
    place = above
  }
  put(timer, place)
}

/** Moves a timer from a free place towards the end, as far as those behind it are due earlier. */
function sink(timer: Timeout, from: number): void {
  let place = from
  for (;;) {
    let below = 2 * place + 1
    const [left, right] = [heap[below], heap[below + 1]]
    if (left === undefined) break
    if (right !== undefined && isBefore(right, left)) below += 1
    const child = heap[below] as Timeout
    if (!isBefore(child, timer)) break
    put(child, place)
    place = below
  }
  put(timer, place)
}

function insert(timer: Timeout): void {
  lastOrder += 1
  timer.order = lastOrder
  timer.due = host.now() + timer.delay
  rise(timer, heap.length)
  if (timer.hasRef()) keepAlive(1)
}

function remove(timer: Timeout): void {
  if (!timer.waiting) return
  const { place } = timer
  timer.place = NOWHERE
  const last = heap.pop() as Timeout
  if (last !== timer) {
    // it may belong on either side of the gap
    if (isBefore(last, timer)) rise(last, place)
    else sink(last, place)
  }
  if (timer.hasRef()) keepAlive(-1)
}

export function setTimer(task: Task, delay: unknown, args: readonly unknown[], repeats: boolean): Timeout {
  const timer = new Timeout(task, delay, args, repeats)
  insert(timer)
  return timer
}

export function clearTimer(timer: Timeout | null | undefined): void {
  if (!(timer instanceof Timeout)) return
  timer.repeats = false
  remove(timer)
}

/** When the first timer is due, on the host's clock. */
export function nextTimer(): number | undefined {
  return heap[0]?.due
}

/** Runs the first timer if it is due at that time. */
export function runDueTimer(time: number): boolean {
  const timer = heap[0]
  if (timer === undefined || timer.due > time) return false
  remove(timer)
  guard(timer.task, timer.args, timer)
  if (timer.repeats && !timer.waiting) insert(timer)
  return true
}
