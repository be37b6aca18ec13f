/** The global `console`: drivers warn with it. */
import { format } from './inspect.ts'
import process from './process.ts'

function out(...args: unknown[]): void {
  process.stdout.write(`${format(...args)}\n`)
}

function err(...args: unknown[]): void {
  process.stderr.write(`${format(...args)}\n`)
}

export const console = { log: out, info: out, debug: out, error: err, warn: err, trace: err }
