import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { readCpuLimit } from '../../src/wait/cpu-limit.ts'
import { heldBack } from '../../src/wait/held-back.ts'

const STAT_V1 = 'nr_periods 250\nnr_throttled 212\nthrottled_time 20957731210\n'
const STAT_V2 =
  'usage_usec 61320\nuser_usec 40000\nsystem_usec 21320\nnr_periods 60\nnr_throttled 55\nthrottled_usec 5400000\nnr_bursts 0\n'
const V1 = { 'cpu.stat': STAT_V1, 'cpu.cfs_quota_us': '1000\n', 'cpu.cfs_period_us': '100000\n' }
const V2 = { 'cpu.stat': STAT_V2, 'cpu.max': '5000 100000\n' }

function inside(directory: string, files: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(files).map(([name, text]) => [`${directory}/${name}`, text]))
}

describe('the CPU limit of a control group', () => {
  const cases: readonly (readonly [string, Record<string, string>, number | undefined, number])[] = [
    [
      'version 2, seen from within a container',
      { '/proc/self/cgroup': '0::/\n', ...inside('/sys/fs/cgroup', V2) },
      50,
      55,
    ],
    [
      'version 2 in the namespace of the host',
      {
        '/proc/self/cgroup': '0::/kubepods/pod1/c1\n',
        ...inside('/sys/fs/cgroup/kubepods/pod1/c1', V2),
        '/sys/fs/cgroup/cpu.stat': 'usage_usec 1\nuser_usec 1\nsystem_usec 0\n',
      },
      50,
      55,
    ],
    [
      'version 1, controllers mounted together, seen from within',
      {
        '/proc/self/cgroup': '4:memory:/x\n3:cpu,cpuacct:/kubepods/pod1/c1\n',
        ...inside('/sys/fs/cgroup/cpu,cpuacct', V1),
      },
      10,
      212,
    ],
    [
      'version 1, the controller by itself',
      {
        '/proc/self/cgroup': '3:cpu:/kubepods/pod1/c1\n0::/\n',
        ...inside('/sys/fs/cgroup/cpu/kubepods/pod1/c1', V1),
      },
      10,
      212,
    ],
    ['without /proc', inside('/sys/fs/cgroup', V2), 50, 55],
    ['version 1 without /proc', inside('/sys/fs/cgroup/cpu', V1), 10, 212],
    [
      'no limit in version 2',
      { '/proc/self/cgroup': '0::/\n', ...inside('/sys/fs/cgroup', { ...V2, 'cpu.max': 'max 100000\n' }) },
      undefined,
      55,
    ],
    [
      'no limit in version 1',
      {
        '/proc/self/cgroup': '3:cpu:/\n',
        ...inside('/sys/fs/cgroup/cpu', { ...V1, 'cpu.cfs_quota_us': '-1\n' }),
      },
      undefined,
      212,
    ],
    ['a file that is not there', inside('/sys/fs/cgroup', { 'cpu.stat': STAT_V2 }), undefined, 55],
  ]
  for (const [what, files, millicores, throttledPeriods] of cases) {
    test(`is read: ${what}`, () => {
      assert.deepEqual(
        readCpuLimit((path) => files[path]),
        { millicores, throttledPeriods },
      )
    })
  }

  test('is nothing where no group tells anything', () => {
    assert.equal(
      readCpuLimit(() => undefined),
      undefined,
    )
    assert.equal(
      readCpuLimit((path) => (path === '/sys/fs/cgroup/cpu.stat' ? 'usage_usec 12\n' : undefined)),
      undefined,
    )
  })

  test('of this machine can be asked for without harm', () => {
    const limit = readCpuLimit()
    assert.ok(limit === undefined || limit.throttledPeriods >= 0)
  })
})

test('what held the process back is said with the share of the time', () => {
  const said = (lost: number, of: number, limit?: ReturnType<typeof readCpuLimit>): string =>
    heldBack(lost, of, () => limit)
  const held = '; readywhen itself was held back for'
  assert.equal(said(0, 3000), '')
  assert.equal(said(599, 3000), '')
  assert.equal(said(0, 0), '')
  assert.equal(
    said(2950, 3000, { millicores: 10, throttledPeriods: 3 }),
    `${held} 100% of the time by its CPU limit of 10m`,
  )
  assert.equal(
    said(600, 3000, { millicores: undefined, throttledPeriods: 3 }),
    `${held} 20% of the time by a CPU limit`,
  )
  const short = `${held} 50% of the time: this machine is short of CPU time`
  assert.equal(said(1500, 3000, { millicores: 10, throttledPeriods: 0 }), short)
  assert.equal(said(1500, 3000), short)
})
