import { command, type Run, type RunOptions, start } from './readywhen.ts'

/** Runs readywhen on a pseudo-terminal of 120 columns; what it shows there is the stdout of the run. */
export function onTerminal(args: readonly string[], options: RunOptions = {}, rows = 50): Promise<Run> {
  const line = `stty cols 120 rows ${rows}; exec ${[...command, ...args].map(quoted).join(' ')}`
  // The command and arguments that `start` adds by itself end up as parameters that nobody looks at.
  const under = ['sh', '-c', 'exec script -qec "$0" /dev/null', line]
  return start([], { ...options, under, env: { SHELL: '/bin/sh', TERM: 'xterm', ...options.env } }).ended
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`
}
