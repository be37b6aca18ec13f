import assert from 'node:assert/strict'
import { IMAGES } from '../images.ts'
import { type Namespace, testInNamespace } from './namespace.ts'
import { example, type KubeObject } from './objects.ts'

const URL = 'postgres://app:s3cret-but-shown@db:5432/app'
const PAGE = 'https://web:8443/#insecure'

/** The recommended limits: 1 ms of processor time in each 100. */
function waitingPod(name: string, args: readonly string[]): KubeObject {
  return {
    kind: 'Pod',
    ...{ apiVersion: 'v1' },
    metadata: { name },
    spec: {
      ...{ restartPolicy: 'Never' },
      initContainers: [
        {
          name: 'wait',
          image: IMAGES['readywhen:0.1.0'],
          args,
          resources: { limits: { cpu: '10m', memory: '16Mi' } },
        },
      ],
      containers: [{ name: 'app', image: IMAGES['nginx:1'] ?? 'nginx:1' }],
    },
  }
}

function logins(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `--postgres=${URL}#name=login-${i}`)
}

function pages(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `--http=${PAGE}&name=page-${i}`)
}

/** Starts the servers: a database, and the web server of another example behind a Service. */
async function startServers(ns: Namespace): Promise<void> {
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web' },
    spec: { selector: { app: 'web' }, ports: [{ port: 8443 }] },
  }
  const servers = [...example('postgres.yaml'), ...example('certificate-before-web-server/web.yaml')]
  await ns.apply(...servers, service as unknown as KubeObject)
  await ns.becomesReady(() => ns.onlyPod('app=db'))
  await ns.becomesReady(() => ns.pod('web'))
}

testInNamespace(
  'with cpu: 10m many checks are ready in their turn, and no server is blamed',
  async (ns, say) => {
    await startServers(ns)
    for (const count of [10, 20]) {
      const pod = `all-${count}`
      await ns.apply(waitingPod(pod, [...logins(count), ...pages(count)]))
      const { state } = await ns.ends(pod, 'wait')
      const log = await ns.logs(pod, 'wait', /./)
      assert.equal(state.terminated?.exitCode, 0, log)
      assert.doesNotMatch(log, /no answer in/)
      say(`${count} + ${count}: ${/^ready: .*$/m.exec(log)?.[0]}`)
    }
  },
)

testInNamespace(
  'with cpu: 10m a missing neighbour makes no other look silent, in a minute',
  async (ns, say) => {
    await startServers(ns)
    await ns.apply(
      waitingPod('missing', ['--timeout=60s', ...logins(1), ...pages(1), '--tcp=db:1#name=missing']),
    )
    const { state } = await ns.ends('missing', 'wait')
    const log = await ns.logs('missing', 'wait', /./)
    assert.equal(state.terminated?.exitCode, 124, log)
    assert.doesNotMatch(log, /^(waiting|stuck) +(login|page)-\d+ +no answer/m)
    assert.match(log, /1 of 3 not ready: missing$/m)
    for (const line of log.split('\n').filter((one) => /^ready/.test(one))) say(line)
  },
)
