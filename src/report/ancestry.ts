import { readFileSync } from 'node:fs'
import process from 'node:process'

/** What the kernel says of a process (proc_pid_stat(5)); a pid of 0 is one outside of this pid namespace. */
export interface ProcessStat {
  readonly parent: number
  readonly session: number
}

/** Looks a process up; nothing where it cannot be seen. */
export type ReadStat = (pid: number) => ProcessStat | undefined

/**
 * Whether this process is what its container was started for: pid 1, or started by that (`sh -c 'readywhen … && exec
 * app'`). A probe or a hook is put into the container from outside, so its parents end there, past pid 1. In a pod its
 * session must be that of pid 1 too: with `hostPID` all parents end at the node's pid 1, and a process that a hook left
 * behind has been given to the app. With `shareProcessNamespace` pid 1 is nobody's, and the answer is no.
 * Outside of a pod there is no app whose words could be lost: what cannot be found out is taken for a yes.
 */
export function isContainersOwn(pid: number, inPod: boolean, read: ReadStat): boolean {
  if (pid === 1) return true
  const self = read(pid)
  for (let one = self; one !== undefined; one = read(one.parent)) {
    if (one.parent === 0) return false
    if (one.parent === 1) return !inPod || self?.session === read(1)?.session
  }
  return !inPod
}

/** `isContainersOwn` of this very process. */
export function isOwnProcess(): boolean {
  return isContainersOwn(process.pid, process.env['KUBERNETES_SERVICE_HOST'] !== undefined, readStat)
}

function readStat(pid: number): ProcessStat | undefined {
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return undefined
  }
}

/** Reads a line of `/proc/<pid>/stat`. The name of the program is in parentheses and may hold anything. */
export function parseStat(line: string): ProcessStat | undefined {
  const [, parent, , session] = line.slice(line.lastIndexOf(')') + 2).split(' ')
  return parent === undefined || session === undefined
    ? undefined
    : { parent: Number(parent), session: Number(session) }
}
