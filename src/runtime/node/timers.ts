/** `node:timers` */
import { clearImmediate, setImmediate, type Task } from './loop.ts'
import { clearTimer, setTimer, type Timeout } from './timer-queue.ts'

export function setTimeout(task: Task, delay?: number, ...args: unknown[]): Timeout {
  return setTimer(task, delay, args, false)
}

export function setInterval(task: Task, delay?: number, ...args: unknown[]): Timeout {
  return setTimer(task, delay, args, true)
}

export { clearImmediate, clearTimer as clearInterval, clearTimer as clearTimeout, setImmediate }
