import assert from 'node:assert/strict'
import test from 'node:test'
import { commonHint } from '../../src/report/common-hint.ts'
import type { CheckIdentity, CheckStatus } from '../../src/wait/event.ts'
import { auth, db, fail, failing, kafka, port, ready } from './statuses.ts'

const timeout = fail('TIMEOUT', 'no answer in 3s')
const service = fail(
  'ECONNREFUSED',
  'connection refused',
  'a Service refuses while none of its pods is ready',
)
const local = (target: string): CheckIdentity => ({ kind: 'tcp', target, name: undefined })
const file = { kind: 'file', target: '/x', name: undefined }

const rows: readonly [name: string, statuses: readonly CheckStatus[], hint: boolean][] = [
  ['two targets that refuse', [failing(db), failing(auth)], true],
  ['two targets that refuse, and a name that resolves', [failing(db), failing(auth), ready(kafka, 1)], true],
  [
    'two targets that refuse, and a file that is missing',
    [failing(db), failing(auth), failing(file, timeout)],
    true,
  ],
  ['one target that refuses', [failing(db)], false],
  ['the same target twice', [failing(port(1)), failing({ ...port(1) })], false],
  ['one that refuses and one that is ready', [failing(db), ready(auth, 1)], false],
  ['one that refuses and one that is silent', [failing(db), failing(auth, timeout)], false],
  ['two that refuse, one of which has a hint of its own', [failing(db), failing(auth, service)], true],
  ['two on this machine that refuse', [failing(local('127.0.0.1:1')), failing(local('localhost:2'))], false],
  [
    'two, one of which is on this machine too',
    [failing(db), failing(local('postgres://app@auth,localhost:1/app'))],
    false,
  ],
  ['two sockets of which one is on this machine', [failing(db), failing(local('unix:/run/x'))], false],
  [
    'two whose names only begin like this machine',
    [failing(local('localhost.example:1')), failing(db)],
    true,
  ],
  ['nothing', [], false],
]

for (const [name, statuses, hint] of rows) {
  test(`${name}: ${hint ? 'a mesh is the usual cause' : 'no common cause'}`, () => {
    assert.equal(commonHint(statuses)?.includes('mesh') ?? false, hint)
  })
}
