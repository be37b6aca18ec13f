import { readFileSync } from 'node:fs'

/** What a control group says of the processor time of this process. */
export interface CpuLimit {
  /** Thousandths of a processor, as Kubernetes writes `cpu: 10m`; nothing where there is no limit of its own. */
  readonly millicores: number | undefined
  /** In how many periods the group was stopped because it had used up its share. */
  readonly throttledPeriods: number
}

type ReadText = (path: string) => string | undefined

const ROOT = '/sys/fs/cgroup'

/**
 * Reads the limit of this process's control group: `cpu.max` and `cpu.stat` of version 2, `cpu.cfs_quota_us`,
 * `cpu.cfs_period_us` and `cpu.stat` of version 1 (Linux, "Control Group v2" and "CFS Bandwidth Control"). A container
 * sees its own group at the root, unless it shares the host's namespace. Gives nothing where no group says anything.
 */
export function readCpuLimit(read: ReadText = readIfThere): CpuLimit | undefined {
  for (const directory of groupDirectories(read('/proc/self/cgroup') ?? '')) {
    const stat = read(`${directory}/cpu.stat`)
    if (stat === undefined || field(stat, 'nr_throttled') === undefined) continue
    const [quota, period] =
      read(`${directory}/cpu.max`)?.trim().split(' ') ??
      ['cpu.cfs_quota_us', 'cpu.cfs_period_us'].map((name) => read(`${directory}/${name}`)?.trim())
    const share = Number(quota) / Number(period)
    return {
      millicores: share > 0 ? Math.round(share * 1000) : undefined,
      throttledPeriods: field(stat, 'nr_throttled') ?? 0,
    }
  }
  return undefined
}

/** Where the group may be mounted, by the lines of `/proc/self/cgroup` (cgroups(7)): `number:controllers:/path`. */
function groupDirectories(lines: string): string[] {
  const named = lines.split('\n').flatMap((line) => {
    const [, controllers, path = ''] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? []
    if (controllers === undefined) return []
    const mounts =
      controllers === '' ? [ROOT] : controllers.split(',').includes('cpu') ? cpuMounts(controllers) : []
    return mounts.flatMap((mount) => [mount + path.replace(/\/$/, ''), mount])
  })
  return [...new Set([...named, ROOT, ...cpuMounts('cpu,cpuacct')])]
}

function cpuMounts(controllers: string): string[] {
  return [`${ROOT}/${controllers}`, `${ROOT}/cpu`]
}

function field(stat: string, name: string): number | undefined {
  const value = new RegExp(`^${name} (\\d+)$`, 'm').exec(stat)?.[1]
  return value === undefined ? undefined : Number(value)
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
