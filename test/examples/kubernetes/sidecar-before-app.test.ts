import assert from 'node:assert/strict'
import { testInNamespace } from './namespace.ts'
import { containerOf, example } from './objects.ts'

testInNamespace(
  'an app starts when its sidecar answers, and is started when it answers itself',
  async (ns) => {
    await ns.apply(...example('sidecar-before-app/pod.yaml'))
    const pod = await ns.becomesReady(() => ns.pod('app'))
    const cache = containerOf(pod, 'cache')
    const app = containerOf(pod, 'app')
    assert.equal(containerOf(pod, 'install').state.terminated?.exitCode, 0)
    assert.deepEqual([cache.restartCount, cache.started], [0, true])
    assert.deepEqual([app.restartCount, app.started], [0, true])
    const after =
      Date.parse(app.state.running?.startedAt ?? '') - Date.parse(cache.state.running?.startedAt ?? '')
    assert.ok(after >= 4000, `the app started ${after} ms after a sidecar that takes 5 s`)
  },
)
