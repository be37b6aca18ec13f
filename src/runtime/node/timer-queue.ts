/** Timers in the order of their due times. */
import { host } from './host.ts'
import { guard, keepAlive, type Task } from './loop.ts'

const LONGEST = 2 ** 31 - 1

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
  waiting = false
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

const queue: Timeout[] = []
let lastOrder = 0

/** Where a timer stands in the queue, or would stand. */
function position(timer: Timeout): number {
  let low = 0
  let high = queue.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const other = queue[middle] as Timeout
    if (other.due < timer.due || (other.due === timer.due && other.order < timer.order)) low = middle + 1
    else high = middle
  }
  return low
}

function insert(timer: Timeout): void {
  lastOrder += 1
  timer.order = lastOrder
  timer.due = host.now() + timer.delay
  timer.waiting = true
  queue.splice(position(timer), 0, timer)
  if (timer.hasRef()) keepAlive(1)
}

function remove(timer: Timeout): void {
  if (!timer.waiting) return
  queue.splice(position(timer), 1)
  timer.waiting = false
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
  return queue[0]?.due
}

/** Runs the first timer if it is due at that time. */
export function runDueTimer(time: number): boolean {
  const timer = queue[0]
  if (timer === undefined || timer.due > time) return false
  remove(timer)
  guard(timer.task, timer.args, timer)
  if (timer.repeats && !timer.waiting) insert(timer)
  return true
}
