import assert from 'node:assert/strict'
import { eventually } from '../command.ts'
import { IMAGES } from '../images.ts'
import { type Namespace, testInNamespace } from './namespace.ts'
import { containerOf, example, type KubeObject } from './objects.ts'

testInNamespace(
  'the tool serves as hook, as probe and in front of the command where images lack it',
  async (ns) => {
    await ns.apply(...example('image-without-readywhen/pod.yaml'))
    await ns.logs('app', 'app', /^waiting +http:\/\/settings:8080\/ +no such name/m)
    const waiting = await ns.pod('app')
    const cache = containerOf(waiting, 'cache')
    const app = containerOf(waiting, 'app')
    const after =
      Date.parse(app.state.running?.startedAt ?? '') - Date.parse(cache.state.running?.startedAt ?? '')
    assert.ok(after >= 4000, `the app started ${after} ms after a cache that takes 5 s`)

    await ns.apply(...example('image-without-readywhen/settings.yaml'))
    const pod = await ns.becomesReady(() => ns.pod('app'), 120_000)
    assert.equal(containerOf(pod, 'app').restartCount, 0)
    assert.equal(containerOf(pod, 'cache').restartCount, 0)
    const first = await ns.kubectl(
      'exec',
      'app',
      '-c',
      'app',
      '--',
      'sh',
      '-c',
      'tr "\\0" " " </proc/1/cmdline; ls -l /shared',
    )
    assert.match(first, /^node -e /)
    assert.match(first, /^-rwxr-xr-x .* readywhen$/m)
    const events = await ns.kubectl('get', 'events', '-o', 'yaml')
    assert.doesNotMatch(events, /FailedPostStartHook/)
  },
)

/** A pod whose init containers install one after the other, as the users given; its container then runs the copy. */
function installer(name: string, target: string, users: readonly number[]): KubeObject {
  const image = IMAGES['readywhen:0.1.0']
  const volumeMounts = [{ name: 'shared', mountPath: '/shared' }]
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: {
      restartPolicy: 'Never',
      terminationGracePeriodSeconds: 1,
      initContainers: users.map((user) => ({
        name: `install-${user}`,
        image,
        args: ['install', target],
        securityContext: { runAsUser: user, readOnlyRootFilesystem: true },
        resources: { limits: { cpu: '10m', memory: '16Mi' } },
        volumeMounts,
      })),
      containers: [
        {
          name: 'app',
          image: IMAGES['node:24-bookworm-slim'],
          command: ['sh', '-c', 'ls -ln /shared; exec /shared/readywhen --version'],
          volumeMounts: [{ name: 'shared', mountPath: '/shared', readOnly: true }],
        },
      ],
      volumes: [{ name: 'shared', emptyDir: {} }],
    },
  } as KubeObject
}

testInNamespace('install works as any user and replaces an older copy', async (ns) => {
  await ns.apply(installer('any-user', '/shared', [1000, 65532, 0, 1234567]))
  const { state } = await ns.ends('any-user', 'app')
  const log = await ns.kubectl('logs', 'any-user', '-c', 'app')
  assert.equal(state.terminated?.exitCode, 0, log)
  assert.match(log, /^total \d+\n-rwxr-xr-x 1 1234567 \d+ \d+ .* readywhen\n\d+\.\d+\.\d+\n$/)
})

testInNamespace('install says what to mount', async (ns) => {
  await ns.apply(
    installer('no-mount', '/nowhere/readywhen', [65532]),
    installer('read-only', '/readywhen', [0]),
  )
  assert.match(
    await failedInstall(ns, 'no-mount', 'install-65532'),
    /no directory \/nowhere; mount a volume there/,
  )
  assert.match(await failedInstall(ns, 'read-only', 'install-0'), /is read-only; mount an emptyDir there/)
})

async function failedInstall(ns: Namespace, pod: string, container: string): Promise<string> {
  const { state } = await ns.ends(pod, container)
  assert.equal(state.terminated?.exitCode, 1)
  return eventually('the log is there', () => ns.kubectl('logs', pod, '-c', container), 10_000)
}
