import assert from 'node:assert/strict'
import { testInNamespace } from './namespace.ts'
import { example, type KubeObject } from './objects.ts'

const PATH = '/dev/termination-log'

interface Spec {
  initContainers: [Record<string, unknown>]
  volumes?: unknown[]
}

/** The pod that misses a Service, with something else in the place of the file for the last words. */
function withoutTerminationLog(name: string, mount?: object, volume?: object): KubeObject {
  const [pod] = example('failures/missing-service.yaml')
  if (pod === undefined) throw new Error('there is no pod')
  pod.metadata.name = name
  const spec = pod.spec as unknown as Spec
  spec.initContainers[0]['terminationMessagePath'] = '/elsewhere'
  if (mount !== undefined)
    spec.initContainers[0]['volumeMounts'] = [{ name: 'log', mountPath: PATH, ...mount }]
  if (volume !== undefined) spec.volumes = [{ name: 'log', ...volume }]
  return pod
}

testInNamespace('without a file for its last words readywhen ends as it would have ended', async (ns) => {
  await ns.kubectl('create', 'configmap', 'log', '--from-literal=file=')
  await ns.apply(
    withoutTerminationLog('missing'),
    withoutTerminationLog('directory', {}, { emptyDir: {} }),
    withoutTerminationLog('read-only', { subPath: 'file', readOnly: true }, { configMap: { name: 'log' } }),
  )
  for (const pod of ['missing', 'directory', 'read-only']) {
    const { state } = await ns.ends(pod, 'wait')
    assert.equal(state.terminated?.exitCode, 124, pod)
    const log = await ns.logs(pod, 'wait', /^timed out after 10s: /m)
    assert.doesNotMatch(log, /termination|bug/, pod)
  }
})
