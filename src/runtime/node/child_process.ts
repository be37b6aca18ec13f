/** `node:child_process`: commander would start executable subcommands with it, and there are none. */
export function spawn(): never {
  throw new Error('no program is started from here')
}

export default { spawn }
