import assert from 'node:assert/strict'
import process from 'node:process'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { dial } from '../../../src/checks/transport/dial.ts'
import { serviceHint } from '../../../src/checks/transport/service-hint.ts'
import { runAttempt } from '../../../src/wait/attempt.ts'
import { systemClock } from '../../../src/wait/clock.ts'
import { startBlackHole } from '../../servers/black-hole.ts'
import { useResolver } from '../../servers/dns.ts'
import { freePort } from '../../servers/ports.ts'
import { failureOf, watchedAttempt } from '../attempts.ts'

const variable = 'KUBERNETES_SERVICE_HOST'
const before = process.env[variable]

beforeEach(() => {
  process.env[variable] = '10.96.0.1'
})
afterEach(() => {
  if (before === undefined) delete process.env[variable]
  else process.env[variable] = before
})

describe('a name that may be a Service', () => {
  for (const [host, isService] of [
    ['db', true],
    ['db.prod', true],
    ['db.prod.', true],
    ['db.prod.svc', true],
    ['db.prod.SVC.cluster.local', true],
    ['store-0.store', false],
    ['store-0.store.prod.svc.cluster.local', false],
    ['db.example.com', false],
    ['localhost', false],
    ['10.0.0.1', false],
    ['fd00::1', false],
  ] as const) {
    test(`${host}: ${isService ? 'yes' : 'no'}`, () => {
      assert.equal(serviceHint(host, 'refused') !== undefined, isService)
      assert.equal(serviceHint(host, 'silent') !== undefined, isService)
    })
  }

  test('is not spoken of outside of a pod', () => {
    delete process.env[variable]
    assert.equal(serviceHint('db', 'refused'), undefined)
    assert.equal(serviceHint('db', 'silent'), undefined)
  })
})

test('a Service without endpoints, whose connections kube-proxy rejects, is explained', async () => {
  useResolver([], ['127.0.0.1 db'])
  const failure = await failureOf(dial({ host: 'db', port: await freePort() }, watchedAttempt()))
  assert.match(failure.hint ?? '', /^a Service refuses while none of its pods is ready \(kubectl get /)
  assert.deepEqual([failure.code, failure.down], ['ECONNREFUSED', true])
})

test('a Service without endpoints on this node, whose connections kube-proxy drops, is explained', async () => {
  const hole = await startBlackHole({ host: '127.0.0.9' })
  try {
    useResolver([], ['127.0.0.9 db', '127.0.0.1 both', '127.0.0.9 both'])
    for (const host of ['db', 'both', '127.0.0.9']) {
      const failure = await silenceOf(host, hole.port)
      assert.match(failure.reason, /^no answer in .* \(waiting for the connection to be accepted\)$/)
      if (host === '127.0.0.9') assert.equal(failure.hint, undefined)
      else assert.match(failure.hint ?? '', /drops connections to a Service: .*internalTrafficPolicy: Local/)
    }
  } finally {
    await hole.stop()
  }
})

test('a peer that accepts and then says nothing is not taken for a Service that drops connections', async () => {
  const attempt = runAttempt(
    {
      shown: 'db:1',
      secrets: [],
      probe(one) {
        one.waitingFor('the connection to be accepted', 'drops')
        one.waitingFor('the TLS handshake')
        return new Promise(() => {})
      },
    },
    5,
    systemClock,
    new AbortController().signal,
  )
  const { result } = await attempt
  assert.equal(result.ready ? 'ready' : result.failure.hint, undefined)
})

async function silenceOf(host: string, port: number) {
  const target = {
    shown: host,
    secrets: [],
    probe: async (attempt: Parameters<typeof dial>[1]) => {
      await dial({ host, port }, attempt)
      return {}
    },
  }
  const { result } = await runAttempt(target, 600, systemClock, new AbortController().signal)
  if (result.ready) throw new Error('was ready')
  return result.failure
}
