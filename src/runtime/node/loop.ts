/**
 * The event loop: next ticks, immediates, what keeps the program alive, and what nobody caught. The order is Node's:
 * after every callback first all ticks, then all microtasks, and so on until there are none.
 */
import { type HostError, host, type Loop, Next, type Ticket } from './host.ts'
import { nextTimer, runDueTimer } from './timer-queue.ts'

type Callback = (error: HostError | undefined, value: unknown) => void

interface Operation {
  readonly callback: Callback
  readonly repeating: boolean
  alive: boolean
}

/** What keeps the program alive: operations, timers and immediates that nobody has `unref`ed. */
let alive = 0
const operations = new Map<number, Operation>()
let lastTicket = 0

export function keepAlive(count: 1 | -1): void {
  alive += count
}

/** Registers an operation that the host will answer; a repeating one stays until it is forgotten. */
export function ticket<T>(
  callback: (error: HostError | undefined, value: T) => void,
  options: { readonly repeating?: boolean; readonly ref?: boolean } = {},
): Ticket<T> {
  lastTicket += 1
  const ref = options.ref !== false
  operations.set(lastTicket, {
    callback: callback as Callback,
    repeating: options.repeating === true,
    alive: ref,
  })
  if (ref) alive += 1
  return lastTicket
}

/** Drops an operation: an answer that is still on its way goes nowhere. */
export function forget(number: number): void {
  const operation = operations.get(number)
  if (operation === undefined) return
  operations.delete(number)
  if (operation.alive) alive -= 1
}

/** Says whether an operation under way keeps the program alive. */
export function setRef(number: number, ref: boolean): void {
  const operation = operations.get(number)
  if (operation === undefined || operation.alive === ref) return
  operation.alive = ref
  alive += ref ? 1 : -1
}

// biome-ignore lint/suspicious/noExplicitAny: arguments of every callback there is
export type Task = (...args: any[]) => unknown

let ticks: { readonly task: Task; readonly args: readonly unknown[] }[] = []

/** Runs a function after the current one, before anything else. */
export function nextTick(task: Task, ...args: unknown[]): void {
  ticks.push({ task, args })
}

function runTicks(): void {
  while (ticks.length > 0) {
    const due = ticks
    ticks = []
    for (const { task, args } of due) guard(task, args)
  }
}

export class Immediate {
  task: Task | undefined
  readonly args: readonly unknown[]
  constructor(task: Task, args: readonly unknown[]) {
    this.task = task
    this.args = args
  }
}

let immediates: Immediate[] = []
/** The immediates of the round under way: those made meanwhile wait for the next. */
let round: Immediate[] = []

/** Runs a function once everything that is due now has run. */
export function setImmediate(task: Task, ...args: unknown[]): Immediate {
  const immediate = new Immediate(task, args)
  immediates.push(immediate)
  return immediate
}

export function clearImmediate(immediate: Immediate | undefined): void {
  if (immediate !== undefined) immediate.task = undefined
}

/** Where errors go that nobody caught. */
export type Origin = 'uncaughtException' | 'unhandledRejection'
let uncaught: (error: unknown, origin: Origin, promise?: Promise<unknown>) => void = (error) => {
  throw error
}
let finished = (): void => {}

/** Tells the loop whom to ask about errors that nobody caught and about the end of the program. */
export function onEnd(handlers: { readonly uncaught: typeof uncaught; readonly finished: () => void }): void {
  uncaught = handlers.uncaught
  finished = handlers.finished
}

/** Calls a function; what it throws is an uncaught exception. */
export function guard(task: Task, args: readonly unknown[], self?: unknown): void {
  try {
    task.apply(self, args as unknown[])
  } catch (error) {
    uncaught(error, 'uncaughtException')
  }
}

/** As a rejection is reported by the engine, but an exception of a microtask is not: it is caught here. */
export function queueMicrotask(task: () => unknown): void {
  void Promise.resolve().then(() => guard(task, []))
}

const rejections = new Map<Promise<unknown>, unknown>()

function reportRejections(): void {
  const all = [...rejections]
  rejections.clear()
  for (const [promise, reason] of all) guard(uncaught, [reason, 'unhandledRejection', promise])
}

/** When `tick` was last asked for. */
let wakeAt: number | undefined

/** Asks for `tick` when the next timer is due: a call that is spared while that stays the same. */
function sleep(): void {
  const at = nextTimer()
  if (at === wakeAt) return
  wakeAt = at
  host.wakeIn(at === undefined ? -1 : Math.max(0, at - host.now()))
}

/** Timers and immediates have their turns by rounds, so that neither can keep the other from running. */
let timersUntil: number | undefined

/** Runs one timer or immediate: microtasks and answers of the host come between two of them. */
function runOne(): void {
  if (round.length === 0) {
    if (timersUntil !== undefined && runDueTimer(timersUntil)) return
    timersUntil = undefined
    round = immediates
    immediates = []
  }
  const immediate = round.shift()
  if (round.length === 0) timersUntil = host.now()
  if (immediate === undefined) {
    if (timersUntil !== undefined) runDueTimer(timersUntil)
  } else if (immediate.task !== undefined) {
    const { task, args } = immediate
    immediate.task = undefined
    guard(task, args)
  }
}

const beginnings: Task[] = []

/** Runs a function when the program begins: what is done before that may have been done while it was built. */
export function onBegin(task: Task): void {
  beginnings.push(task)
}

const loop: Loop = {
  begin() {
    for (const task of beginnings.splice(0)) guard(task, [])
  },
  complete(number, error, value) {
    const operation = operations.get(number)
    if (operation === undefined) return
    if (!operation.repeating) forget(number)
    guard(operation.callback, [error, value])
    runTicks()
  },
  tick() {
    wakeAt = undefined
    runOne()
    runTicks()
  },
  settle() {
    if (ticks.length > 0) {
      runTicks()
      return Next.Again
    }
    if (rejections.size > 0) {
      reportRejections()
      return Next.Again
    }
    if (round.length > 0 || immediates.length > 0 || (nextTimer() ?? Number.POSITIVE_INFINITY) <= host.now())
      return Next.Poll
    if (alive === 0) return Next.Done
    sleep()
    return Next.Wait
  },
  rejection(promise, reason, handled) {
    if (handled) rejections.delete(promise)
    else rejections.set(promise, reason)
  },
  finished() {
    guard(finished, [])
  },
}

/** Takes over the event loop; the first thing that the program does. */
export function start(): void {
  host.attach(loop)
}
