import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { startFakeRedis } from '../../servers/fake-redis.ts'
import { startRedis } from '../../servers/redis.ts'
import { until } from '../../servers/until.ts'
import { assertFails, failureOf } from '../attempts.ts'
import { at, probe } from './probe.ts'

const CONFIG = ['cluster-enabled yes', 'cluster-node-timeout 1000']

describe('a Redis in cluster mode', () => {
  it('is ready as a cluster once all slots are served, and finds keys on other nodes', async () => {
    const [first, second] = await Promise.all([
      startRedis({ config: CONFIG }),
      startRedis({ config: CONFIG }),
    ])
    assert.deepEqual(await probe(at(first)), { detail: 'PONG' })
    await assertFails(probe(at(first, '#cluster')), {
      code: 'CLUSTER_STATE',
      reason: 'cluster_state:fail (0 of 16384 slots are served)',
    })
    await assertFails(probe(at(first, '#key-exists=a')), { code: 'CLUSTERDOWN', reason: 'cluster is down' })
    await assertFails(probe(at(first, '/1')), {
      code: 'NO_DB',
      reason: 'db 1 does not exist: a cluster has db 0 alone',
      lasting: true,
    })

    await first.command('CLUSTER', 'ADDSLOTSRANGE', '0', '8191')
    await second.command('CLUSTER', 'ADDSLOTSRANGE', '8192', '16383')
    assert.match((await failureOf(probe(at(first, '#cluster')))).reason, /\(8192 of 16384 slots are served\)/)
    await first.command('CLUSTER', 'MEET', '127.0.0.1', `${second.port}`)
    const isOk = (target: string): Promise<boolean> =>
      probe(target).then(
        ({ detail }) => detail === 'PONG, cluster ok',
        () => false,
      )
    await until(() => isOk(at(first, '#cluster')), 'the first node to see the cluster')
    await until(() => isOk(at(second, '#cluster')), 'the second node to see the cluster')

    // Slot 15495, so on the second node.
    await second.command('SET', 'a', '1')
    for (const node of [first, second]) {
      assert.deepEqual(await probe(at(node, '#key-exists=a')), { detail: 'PONG' })
      await assertFails(probe(at(node, '#key-exists=c')), {
        code: 'NO_KEY',
        reason: 'key "c" does not exist',
      })
    }
    await Promise.all([first.stop(), second.stop()])
  })

  it('that points back and forth is not followed for ever', async () => {
    let asked = 0
    const server = await startFakeRedis(([word]) => {
      if (word === 'PING') return '+PONG\r\n'
      asked += 1
      return `-MOVED 1 127.0.0.1:${server.port}\r\n`
    })
    const failure = await failureOf(probe(at(server, '#key-exists=k')))
    assert.equal(failure.reason, `EXISTS is for another node: MOVED 1 127.0.0.1:${server.port}`)
    assert.equal(asked, 2)
    await server.stop()
  })

  it('whose state cannot be read is not ready', async () => {
    const server = await startFakeRedis(([word]) => (word === 'PING' ? '+PONG\r\n' : '$4\r\nwhat\r\n'))
    await assertFails(probe(at(server, '#cluster')), { reason: 'cluster_state:unknown' })
    await server.stop()
  })
})
