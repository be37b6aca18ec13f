import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import test from 'node:test'
import { isContainersOwn, type ProcessStat, parseStat } from '../../src/report/ancestry.ts'

type Processes = Readonly<Record<number, readonly [parent: number, session: number]>>

/** Processes as they see each other, and whether the one with the highest pid is the container's own, in a pod and elsewhere. */
const rows: readonly [what: string, processes: Processes, inPod: boolean, elsewhere: boolean][] = [
  ['pid 1', { 1: [0, 1] }, true, true],
  ['a shell is pid 1', { 1: [0, 1], 7: [1, 1] }, true, true],
  ['a shell under tini is pid 1', { 1: [0, 1], 6: [1, 1], 7: [6, 1] }, true, true],
  ['pid 1 has no session of its own', { 1: [0, 0], 7: [1, 0] }, true, true],
  ['an exec probe or a hook', { 1: [0, 1], 20: [0, 20] }, false, false],
  ['a hook that is a shell', { 1: [0, 1], 20: [0, 20], 21: [20, 20] }, false, false],
  ['left behind by a hook, and given to pid 1', { 1: [0, 1], 21: [1, 20] }, false, true],
  ['in a session of its own', { 1: [0, 1], 7: [1, 7] }, false, true],
  ['shareProcessNamespace: pid 1 is the pause', { 1: [0, 1], 9: [0, 9] }, false, false],
  ['hostPID: the parents end at the node', { 1: [0, 1], 500: [1, 500], 900: [500, 900] }, false, true],
  ['no /proc', {}, false, true],
  ['a parent that cannot be seen', { 7: [6, 1] }, false, true],
]

for (const [what, processes, inPod, elsewhere] of rows) {
  test(`${what}: ${inPod ? "the container's own" : 'not known to be its own'}`, () => {
    const pid = Math.max(0, ...Object.keys(processes).map(Number)) || 7
    const read = (of: number): ProcessStat | undefined => {
      const found = processes[of]
      return found === undefined ? undefined : { parent: found[0], session: found[1] }
    }
    assert.equal(isContainersOwn(pid, true, read), inPod)
    assert.equal(isContainersOwn(pid, false, read), elsewhere)
  })
}

test('the line of /proc is read, whatever the program is called', () => {
  assert.deepEqual(parseStat('7 (a) S 1 (b) R 9 9) S 3 4 5 6 7'), { parent: 3, session: 5 })
  assert.equal(parseStat(''), undefined)
  const own = parseStat(readFileSync('/proc/self/stat', 'utf8'))
  assert.equal(own?.parent, process.ppid)
})
