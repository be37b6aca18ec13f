import assert from 'node:assert/strict'
import { rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Attempt } from '../../src/checks/kind.ts'
import { readMounted } from '../../src/plan/mounted-file.ts'
import { makePlan, type Plan } from '../../src/plan/plan.ts'
import { makeTempDir } from '../servers/temp.ts'
import { bell, door } from './sample-kinds.ts'

const path = join(makeTempDir('file-backed'), 'target')
const attempt: Attempt = { signal: new AbortController().signal, waitingFor() {}, heard() {} }

/** The file says this from now on, which its time shows. */
let time = 1_000_000
function write(content: string): void {
  time += 10
  writeFileSync(path, content)
  utimesSync(path, time, time)
}

function plan(): Plan {
  const targets = [{ kind: 'door', text: `@${path}`, origin: '--door', options: [] }]
  return makePlan([{ targets, settings: new Map() }], { door, bell }, { env: {}, readFile: readMounted })
}

async function probe({ checks }: Plan): Promise<string | undefined> {
  return (await checks[0]?.target.probe(attempt))?.detail
}

test('a target whose file is not there fails its attempts until it is', async () => {
  rmSync(path, { force: true })
  const made = plan()
  assert.deepEqual(made.checks[0]?.awaits, [path])
  assert.equal(made.checks[0]?.identity.target, `@${path}`)
  await assert.rejects(probe(made), { name: 'Failure', code: 'ENOENT', lasting: false, down: false })
  write(' \n')
  await assert.rejects(probe(made), { name: 'Failure', code: 'EMPTY', lasting: false })
  write('app:hunter2@front#width=12&until=down&timeout=7s&successes=3')
  assert.match((await probe(made)) ?? '', /"width":12/)
  const [check] = made.checks
  assert.deepEqual([check?.untilDown, check?.attemptTimeoutMs, check?.successes], [true, 7000, 3])
  assert.deepEqual(
    made.secrets.map((secret) => secret.reveal()),
    ['hunter2'],
  )
})

test('a text that cannot be read is a mistake only once it stays as it is: it may be half written', async () => {
  rmSync(path, { force: true })
  const made = plan()
  write('app:hunter2@no')
  assert.equal(typeof (await probe(made)), 'string')
  rmSync(path)
  const other = plan()
  write('nowhere')
  await assert.rejects(probe(other), { name: 'Failure', code: 'NO_TARGET' })
  write('app:x@no:where')
  await assert.rejects(probe(other), { name: 'Failure', code: 'NO_TARGET' })
  await assert.rejects(probe(other), { name: 'UsageError', message: `--door @${path} must be a place` })
})

test('a file that changes is read again; what was good once is kept while it is gone or cannot be read', async () => {
  write('front#width=12')
  const made = plan()
  assert.equal(made.checks[0]?.awaits?.length, 0)
  assert.match((await probe(made)) ?? '', /"width":12/)
  write('front#width=13&code=hunter3')
  assert.match((await probe(made)) ?? '', /"width":13/)
  assert.ok(made.secrets.some((secret) => secret.reveal() === 'hunter3'))
  write('nowhere')
  assert.match((await probe(made)) ?? '', /"width":13/)
  rmSync(path)
  assert.match((await probe(made)) ?? '', /"width":13/)
})
