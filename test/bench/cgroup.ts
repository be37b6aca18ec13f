import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'

const ROOT = '/sys/fs/cgroup'
/** cpu: 10m, as the kubelet writes it: 1 ms of every 100 ms. */
const QUOTA_US = 1000
const PERIOD_US = 100_000
const MEMORY_MIB = 16

export interface Limits {
  /** `cgroup.procs` files to enter. */
  readonly groups: readonly string[]
  readonly version: 1 | 2
  remove(): void
}

/** Makes a control group with `cpu: 10m` and a limit of memory (16Mi); throws what keeps this machine from it. */
export function makeLimits(memoryMib: number = MEMORY_MIB): Limits {
  if (process.getuid?.() !== 0) throw new Error('limits of control groups need root')
  const name = `readywhen-bench-${process.pid}`
  const version = existsSync(join(ROOT, 'cgroup.controllers')) ? 2 : 1
  const directories =
    version === 2 ? [join(ROOT, name)] : [join(ROOT, 'cpu', name), join(ROOT, 'memory', name)]
  const memory = `${memoryMib * 1024 * 1024}`
  try {
    for (const directory of directories) mkdirSync(directory)
    if (version === 2) limitV2(directories[0] ?? '', memory)
    else limitV1(directories[0] ?? '', directories[1] ?? '', memory)
  } catch (error) {
    remove(directories)
    throw new Error(`no control groups (v${version}) to limit here: ${(error as Error).message}`)
  }
  return {
    groups: directories.map((directory) => join(directory, 'cgroup.procs')),
    version,
    remove: () => remove(directories),
  }
}

function limitV1(cpu: string, memory: string, bytes: string): void {
  writeFileSync(join(cpu, 'cpu.cfs_period_us'), `${PERIOD_US}`)
  writeFileSync(join(cpu, 'cpu.cfs_quota_us'), `${QUOTA_US}`)
  writeFileSync(join(memory, 'memory.limit_in_bytes'), bytes)
}

function limitV2(directory: string, bytes: string): void {
  const enabled = readFileSync(join(ROOT, 'cgroup.subtree_control'), 'utf8')
  for (const controller of ['cpu', 'memory']) {
    if (!enabled.includes(controller)) writeFileSync(join(ROOT, 'cgroup.subtree_control'), `+${controller}`)
  }
  writeFileSync(join(directory, 'cpu.max'), `${QUOTA_US} ${PERIOD_US}`)
  writeFileSync(join(directory, 'memory.max'), bytes)
}

function remove(directories: readonly string[]): void {
  for (const directory of directories) {
    try {
      rmdirSync(directory)
    } catch {
      // it was not made, or a process is still on its way out of it
    }
  }
}
