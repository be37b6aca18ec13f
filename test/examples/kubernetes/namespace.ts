import assert from 'node:assert/strict'
import process from 'node:process'
import { test } from 'node:test'
import { attempt, type Ended, eventually, run } from '../command.ts'
import { type ContainerStatus, containerOf, holds, type KubeObject, type Pod } from './objects.ts'

/** Only a cluster that is named on purpose: nobody's default one is to be tried out. */
const hasCluster = Boolean(process.env['KUBECONFIG'])
if (!hasCluster) console.log('SKIPPED: no cluster (KUBECONFIG names none)')

const LIMIT_MS = 8 * 60_000

/** A namespace of the cluster that one test has for itself. */
export class Namespace {
  readonly name: string

  constructor(name: string) {
    this.name = name
  }

  kubectl(...args: string[]): Promise<string> {
    return run('kubectl', ['-n', this.name, ...args])
  }

  tryKubectl(...args: string[]): Promise<Ended> {
    return attempt('kubectl', ['-n', this.name, ...args])
  }

  async apply(...objects: readonly KubeObject[]): Promise<void> {
    const list = { apiVersion: 'v1', kind: 'List', items: objects }
    await run('kubectl', ['-n', this.name, 'apply', '-f', '-'], { input: JSON.stringify(list) })
  }

  async pods(selector: string): Promise<readonly Pod[]> {
    const list = JSON.parse(await this.kubectl('get', 'pods', '-l', selector, '-o', 'json'))
    return (list as { items: Pod[] }).items
  }

  async pod(name: string): Promise<Pod> {
    return JSON.parse(await this.kubectl('get', 'pod', name, '-o', 'json')) as Pod
  }

  /** The one pod that a selector finds. */
  async onlyPod(selector: string): Promise<Pod> {
    const pods = await this.pods(selector)
    const [pod] = pods
    if (pod === undefined || pods.length > 1) throw new Error(`${pods.length} pods are ${selector}`)
    return pod
  }

  /** Waits until the pod that `find` gives is ready. */
  becomesReady(find: () => Promise<Pod>, limitMs?: number): Promise<Pod> {
    return eventually(
      'the pod is ready',
      async () => {
        const pod = await find()
        assert.ok(holds(pod, 'Ready'), `${pod.metadata.name} is not ready: ${pod.status.phase}`)
        return pod
      },
      limitMs,
    )
  }

  /** Waits until a container has ended, and gives its status. */
  ends(pod: string, container: string, limitMs?: number): Promise<ContainerStatus> {
    return eventually(
      `${container} of ${pod} has ended`,
      async () => {
        const status = containerOf(await this.pod(pod), container)
        assert.ok(status.state.terminated !== undefined, JSON.stringify(status.state))
        return status
      },
      limitMs,
    )
  }

  /** Waits until a container's log matches, and gives the log. */
  logs(pod: string, container: string, pattern: RegExp, limitMs?: number): Promise<string> {
    return eventually(
      `the log of ${container} says ${pattern}`,
      async () => {
        const log = await this.kubectl('logs', pod, '-c', container)
        assert.match(log, pattern)
        return log
      },
      limitMs,
    )
  }

  /** Everything a person would look at when the test fails. */
  async report(): Promise<string> {
    const parts = [
      await this.tryKubectl('get', 'all', '-o', 'wide'),
      await this.tryKubectl('describe', 'pods'),
      await this.tryKubectl('get', 'events', '--sort-by=.lastTimestamp'),
    ]
    const names = (await this.tryKubectl('get', 'pods', '-o', 'name')).stdout.split('\n').filter(Boolean)
    for (const name of names) {
      parts.push(await this.tryKubectl('logs', name, '--all-containers', '--prefix', '--tail=50'))
      parts.push(
        await this.tryKubectl('logs', name, '--all-containers', '--prefix', '--tail=20', '--previous'),
      )
    }
    return parts.map(({ stdout, stderr }) => stdout + stderr).join('\n')
  }
}

/** Runs a test in a namespace of its own, which is deleted at the end; without a cluster it is skipped. */
export function testInNamespace(
  what: string,
  body: (namespace: Namespace, say: (line: string) => void) => Promise<void>,
  labels: readonly string[] = [],
): void {
  test(what, { skip: hasCluster ? false : 'no cluster', timeout: LIMIT_MS }, async (t) => {
    const namespace = new Namespace(
      `readywhen-${process.pid.toString(36)}-${Date.now().toString(36).slice(-5)}`,
    )
    await run('kubectl', ['create', 'namespace', namespace.name])
    try {
      if (labels.length > 0) await run('kubectl', ['label', 'namespace', namespace.name, ...labels])
      await body(namespace, (line) => t.diagnostic(line))
    } catch (error) {
      console.log(await namespace.report())
      throw error
    } finally {
      await attempt('kubectl', ['delete', 'namespace', namespace.name, '--wait=false'])
    }
  })
}
