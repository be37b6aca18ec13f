import assert from 'node:assert/strict'
import { eventually } from '../command.ts'
import { testInNamespace } from './namespace.ts'
import { containerOf, example, type KubeObject } from './objects.ts'

/** The same Deployment under another name and without its init container. */
function withoutWaiting(objects: readonly KubeObject[]): KubeObject[] {
  const copies = structuredClone(objects) as KubeObject[]
  for (const { metadata, spec } of copies) {
    metadata.name = 'impatient'
    if (spec.template === undefined || spec.selector === undefined) throw new Error('not a Deployment')
    delete spec.template.spec.initContainers
    spec.template.metadata.labels = { app: 'impatient' }
    spec.selector.matchLabels = { app: 'impatient' }
  }
  return copies
}

testInNamespace(
  'an API that waits for its database starts once; without waiting it crash-loops',
  async (ns) => {
    const api = example('api-after-database/api.yaml')
    await ns.apply(
      ...api,
      ...example('api-after-database/api-with-mounted-secret.yaml'),
      ...withoutWaiting(api),
    )
    // The Secret comes with the database's manifest; the pods need it at once.
    const [secret, ...database] = example('postgres.yaml')
    assert.equal(secret?.kind, 'Secret')
    await ns.apply(secret, ...database.filter(({ kind }) => kind === 'Service'))

    await eventually('the one that does not wait crash-loops', async () => {
      const status = containerOf(await ns.onlyPod('app=impatient'), 'api')
      assert.ok(status.restartCount >= 2, `${status.restartCount} restarts`)
      assert.equal(status.state.waiting?.reason, 'CrashLoopBackOff')
      assert.ok(status.lastState.terminated?.exitCode)
    })
    await ns.apply(...database)

    for (const app of ['api', 'api-with-mounted-secret']) {
      const pod = await ns.becomesReady(() => ns.onlyPod(`app=${app}`))
      assert.equal(containerOf(pod, 'api').restartCount, 0)
      const wait = containerOf(pod, 'wait')
      assert.equal(wait.restartCount, 0)
      assert.equal(wait.state.terminated?.exitCode, 0)
      assert.match(
        wait.state.terminated?.message ?? '',
        /^ready +postgres:\/\/app@db:5432\/app +after .*PostgreSQL 17/,
      )
      const log = await ns.logs(pod.metadata.name, 'wait', /^ready: 1 of 1 in |^ready /m)
      assert.match(log, /^waiting +postgres:\/\/app@db:5432\/app +connection refused$/m)
      const everything = log + (await ns.kubectl('get', 'pod', pod.metadata.name, '-o', 'yaml'))
      assert.doesNotMatch(everything, /s3cret/)
    }
  },
)
