import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { performance } from 'node:perf_hooks'
import { eventually } from '../command.ts'
import { type Namespace, testInNamespace } from './namespace.ts'
import { containerOf, example, type KubeObject } from './objects.ts'

const RUNS = 5
const LIMIT_MS = 5000
const ENFORCE = 'pod-security.kubernetes.io/enforce'

/** Writes down when this process learns that a pod is ready, which is the same clock for all pods. */
class ReadyWatch {
  readonly #times = new Map<string, number>()
  readonly #kubectl: ChildProcess

  constructor(namespace: string) {
    const line = '{.metadata.uid} {.status.conditions[?(@.type=="Ready")].status}{"\\n"}'
    const args = ['-n', namespace, 'get', 'pods', '--watch', '-o', `jsonpath=${line}`]
    this.#kubectl = spawn('kubectl', args, { stdio: ['ignore', 'pipe', 'inherit'] })
    let rest = ''
    this.#kubectl.stdout?.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n')
      rest = lines.pop() ?? ''
      for (const one of lines) {
        const [uid = '', status] = one.split(' ')
        if (status === 'True' && !this.#times.has(uid)) this.#times.set(uid, performance.now())
      }
    })
  }

  /** When the pod became ready; waits for it. */
  timeOf(uid: string): Promise<number> {
    return eventually('the pod is seen to be ready', async () => {
      const time = this.#times.get(uid)
      assert.ok(time !== undefined)
      return time
    })
  }

  stop(): void {
    this.#kubectl.kill()
  }
}

testInNamespace(
  'under restricted Pod Security, 10m and 16Mi, the pod is ready within 5 s of its dependency',
  async (ns, say) => {
    const [namespace] = example('restricted/namespace.yaml')
    assert.equal(namespace?.metadata.labels?.[ENFORCE], 'restricted')
    const api = example('restricted/api.yaml')
    const [service, auth] = example('restricted/auth.yaml')
    assert.ok(service?.kind === 'Service' && auth?.kind === 'Pod')
    await ns.apply(service)
    await assertRootIsRefused(ns, auth)

    const watch = new ReadyWatch(ns.name)
    const took: number[] = []
    try {
      for (let round = 1; round <= RUNS; round++) {
        await ns.apply(...api)
        await ns.logs('api', 'wait', /^waiting +http:\/\/auth:8080\/healthz +connection refused$/m)
        if (round === 1) say(`memory of the waiting container: ${await memoryOf(ns, 'api', 'wait')}`)
        await ns.apply(auth)
        const pod = await ns.becomesReady(() => ns.pod('api'))
        const dependency = await ns.pod('auth')
        const wait = containerOf(pod, 'wait')
        assert.deepEqual([wait.restartCount, wait.lastState], [0, {}])
        assert.deepEqual([wait.state.terminated?.exitCode, wait.state.terminated?.reason], [0, 'Completed'])
        // Also where nothing else can be written to.
        assert.match(wait.state.terminated?.message ?? '', /^ready +http:\/\/auth:8080\/healthz +after /)
        took.push((await watch.timeOf(pod.metadata.uid)) - (await watch.timeOf(dependency.metadata.uid)))
        await ns.kubectl('delete', 'pod', 'api', 'auth', '--wait')
      }
    } finally {
      watch.stop()
    }
    const seconds = took.map((ms) => (ms / 1000).toFixed(2))
    say(`from dependency ready to pod ready, ${RUNS} runs: ${seconds.join(' ')} s`)
    assert.ok(Math.max(...took) < LIMIT_MS, seconds.join(' '))
  },
  [`${ENFORCE}=restricted`],
)

/** The namespace really enforces the standard. */
async function assertRootIsRefused(ns: Namespace, pod: KubeObject): Promise<void> {
  const root = structuredClone(pod) as KubeObject & { spec: { securityContext?: unknown } }
  root.spec.securityContext = { runAsUser: 0 }
  await assert.rejects(ns.apply(root), /violates PodSecurity "restricted/)
}

interface Summary {
  readonly pods: readonly {
    readonly podRef: { readonly name: string; readonly namespace: string }
    readonly containers?: readonly {
      readonly name: string
      readonly memory?: { readonly workingSetBytes?: number; readonly rssBytes?: number }
    }[]
  }[]
}

/** What the kubelet says of a container's memory; only for the record, as not everybody may ask it. */
async function memoryOf(ns: Namespace, pod: string, container: string): Promise<string> {
  const { nodeName } = (await ns.pod(pod)).spec
  const answer = await ns.tryKubectl('get', '--raw', `/api/v1/nodes/${nodeName}/proxy/stats/summary`)
  if (answer.code !== 0) return 'unknown'
  const { pods } = JSON.parse(answer.stdout) as Summary
  const found = pods.find(({ podRef }) => podRef.name === pod && podRef.namespace === ns.name)
  const memory = found?.containers?.find(({ name }) => name === container)?.memory
  const mib = (bytes = Number.NaN): string => `${(bytes / 1024 / 1024).toFixed(1)} MiB`
  return `working set ${mib(memory?.workingSetBytes)}, rss ${mib(memory?.rssBytes)}`
}
