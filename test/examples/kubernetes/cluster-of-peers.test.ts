import assert from 'node:assert/strict'
import { testInNamespace } from './namespace.ts'
import { containerOf, example } from './objects.ts'

testInNamespace(
  'a clustered store starts when all its peers are in DNS, and its client when it is whole',
  async (ns) => {
    const store = example('cluster-of-peers/store.yaml')
    const set = store.find(({ kind }) => kind === 'StatefulSet')
    assert.ok(set !== undefined)
    set.spec.replicas = 2
    await ns.apply(...store, ...example('cluster-of-peers/client.yaml'))
    // Two of three are found, and both still wait.
    await ns.logs('store-0', 'wait-for-peers', /2 of at least 3 records/)
    await ns.logs('client', 'wait', /^waiting +redis:\/\/store/m)
    for (const pod of await ns.pods('app=store')) {
      assert.ok(containerOf(pod, 'wait-for-peers').state.running !== undefined)
    }

    await ns.kubectl('scale', 'statefulset', 'store', '--replicas=3')
    const ended = await ns.ends('client', 'client', 150_000)
    assert.equal(ended.state.terminated?.exitCode, 0)
    await ns.logs('client', 'client', /^OK$/m)
    const pods = await ns.pods('app=store')
    assert.equal(pods.length, 3)
    for (const pod of pods) {
      assert.equal(containerOf(pod, 'redis').restartCount, 0)
      assert.match(
        containerOf(pod, 'wait-for-peers').state.terminated?.message ?? '',
        /^ready +dns store +after/,
      )
    }
    const client = containerOf(await ns.pod('client'), 'wait').state.terminated
    const formed = containerOf(await ns.onlyPod('job-name=form-cluster'), 'form-cluster').state.terminated
    assert.equal(formed?.exitCode, 0)
    assert.ok(client !== undefined && Date.parse(client.finishedAt) >= Date.parse(formed.startedAt))
  },
)
