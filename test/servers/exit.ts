import process from 'node:process'

const SIGNALS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const
const tasks: (() => void)[] = []

/**
 * Runs a synchronous task when the test process ends, also by a signal: `node --test` ends a file that takes too long
 * with SIGTERM, which would otherwise skip "exit" and leave servers behind. Last registered, first run.
 */
export function onExit(task: () => void): void {
  if (tasks.length === 0) {
    process.once('exit', () => {
      for (const each of tasks.toReversed()) each()
    })
    for (const [signal, number] of Object.entries(SIGNALS)) {
      process.once(signal, () => process.exit(128 + number))
    }
  }
  tasks.push(task)
}
