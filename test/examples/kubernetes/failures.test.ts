import assert from 'node:assert/strict'
import { eventually } from '../command.ts'
import { type Namespace, testInNamespace } from './namespace.ts'
import { example } from './objects.ts'

/** What `kubectl describe pod` shows of a pod whose init container failed: exit code and message are in it. */
async function describeFailed(ns: Namespace, pod: string, exitCode: number): Promise<string> {
  const { state } = await ns.ends(pod, 'wait')
  assert.equal(state.terminated?.exitCode, exitCode)
  const message = state.terminated?.message ?? ''
  assert.notEqual(message, '')
  const described = await ns.kubectl('describe', 'pod', pod)
  assert.match(described, new RegExp(`Exit Code: +${exitCode}\\n`))
  assert.ok(described.includes(message.split('\n')[0] ?? '?'), described)
  return message
}

testInNamespace(
  'a wrong password is the termination message, exit code 3, and the password is nowhere',
  async (ns) => {
    await ns.apply(...example('postgres.yaml'))
    await ns.becomesReady(() => ns.onlyPod('app=db'))
    await ns.apply(...example('failures/wrong-password.yaml'))
    const message = await describeFailed(ns, 'wrong-password', 3)
    assert.match(
      message,
      /^gave up +postgres:\/\/app@db:5432\/app +after .*: password rejected for user app$/m,
    )
    const seen = [
      await ns.kubectl('describe', 'pod', 'wrong-password'),
      await ns.kubectl('get', 'pod', 'wrong-password', '-o', 'yaml'),
      await ns.kubectl('get', 'events', '-o', 'yaml'),
      await ns.kubectl('logs', 'wrong-password', '-c', 'wait'),
    ].join('\n')
    assert.match(seen, /stuck +postgres/)
    assert.doesNotMatch(seen, /p4ssw0rd|cDRzc3cwcmQ/)
  },
)

testInNamespace('a Job whose policy knows the exit code 3 fails with its first pod', async (ns) => {
  await ns.apply(...example('postgres.yaml'))
  await ns.becomesReady(() => ns.onlyPod('app=db'))
  const [secret] = example('failures/wrong-password.yaml')
  assert.equal(secret?.kind, 'Secret')
  await ns.apply(secret, ...example('failures/job.yaml'))
  const reason = '{.status.conditions[?(@.type=="Failed")].reason}'
  await eventually('the Job has failed', async () => {
    assert.equal(await ns.kubectl('get', 'job', 'report', '-o', `jsonpath=${reason}`), 'PodFailurePolicy')
  })
  assert.equal((await ns.pods('job-name=report')).length, 1)
})

testInNamespace(
  'a missing Service is the termination message, exit code 124, with the namespaces tried',
  async (ns) => {
    await ns.apply(...example('failures/missing-service.yaml'))
    const message = await describeFailed(ns, 'missing-service', 124)
    assert.match(message, /^timed out after 10s: /m)
    // A cluster without a way out adds that its DNS server knows nobody to ask about names of others.
    assert.match(message, /: no such name "billing"( in the search list, and .*)?$/m)
    assert.ok(message.includes(`tried billing.${ns.name}.svc.cluster.local, `), message)
    assert.ok(message.includes(`which finds Services of namespace ${ns.name} only`), message)
    assert.match(message, /one of another namespace is named billing\.<namespace>/)
  },
)

testInNamespace(
  'a Service that has no endpoint here is explained, whether it refuses or drops',
  async (ns) => {
    await ns.apply(
      ...example('failures/service-without-pods.yaml'),
      ...example('failures/service-on-another-node.yaml'),
    )
    const refused = await describeFailed(ns, 'service-without-pods', 124)
    assert.match(refused, /tcp idle:8080 .*: connection refused$/m)
    assert.match(
      refused,
      /hint: a Service refuses while none of its pods is ready \(kubectl get endpointslices\)/,
    )
    assert.doesNotMatch(refused, /mesh/)

    const all = await describeFailed(ns, 'every-target-refuses', 124)
    assert.match(all, /^hint: every target refuses: in a service mesh/m)

    const dropped = await describeFailed(ns, 'service-on-another-node', 124)
    assert.match(
      dropped,
      /tcp elsewhere:8080 .*: no answer in 3s \(waiting for the connection to be accepted\)$/m,
    )
    assert.match(dropped, /hint: what drops connections to a Service: .*internalTrafficPolicy: Local/)
  },
)
