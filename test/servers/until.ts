import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'

const LIMIT_MS = 20_000
const STEP_MS = 5

/** Waits until something is true, asking every few milliseconds; rejects after `limitMs`, saying what for. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  what: string | (() => string),
  limitMs = LIMIT_MS,
): Promise<void> {
  const deadline = performance.now() + limitMs
  while (!(await condition())) {
    if (performance.now() > deadline) {
      throw new Error(`waited ${limitMs} ms for ${typeof what === 'string' ? what : what()}`)
    }
    await sleep(STEP_MS)
  }
}
