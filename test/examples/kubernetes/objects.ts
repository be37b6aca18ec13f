import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { IMAGES } from '../images.ts'

const EXAMPLES = join(import.meta.dirname, '../../../examples/kubernetes')

/** The parts of Kubernetes' objects that the tests look at. */
export interface KubeObject {
  readonly kind: string
  readonly metadata: { name: string; namespace?: string; labels?: Record<string, string>; uid?: string }
  readonly spec: {
    replicas?: number
    readonly template?: { readonly metadata: KubeObject['metadata']; readonly spec: PodSpec }
    readonly selector?: { matchLabels?: Record<string, string> }
  } & Partial<PodSpec>
}

export interface PodSpec {
  initContainers?: readonly unknown[]
  readonly containers: readonly unknown[]
}

export interface ContainerState {
  readonly waiting?: { readonly reason: string }
  readonly running?: { readonly startedAt: string }
  readonly terminated?: {
    readonly exitCode: number
    readonly reason: string
    readonly message?: string
    readonly startedAt: string
    readonly finishedAt: string
  }
}

export interface ContainerStatus {
  readonly name: string
  readonly restartCount: number
  readonly started?: boolean
  readonly ready: boolean
  readonly state: ContainerState
  readonly lastState: ContainerState
}

export interface Pod {
  readonly metadata: { readonly name: string; readonly uid: string; readonly creationTimestamp: string }
  readonly spec: { readonly nodeName?: string }
  readonly status: {
    readonly phase: string
    readonly podIP?: string
    readonly conditions?: readonly { readonly type: string; readonly status: string }[]
    readonly initContainerStatuses?: readonly ContainerStatus[]
    readonly containerStatuses?: readonly ContainerStatus[]
  }
}

/** The objects of an example's manifest, with the images the tests use. */
export function example(path: string): KubeObject[] {
  const text = Object.entries(IMAGES).reduce(
    (manifest, [name, image]) => manifest.replaceAll(`image: ${name}\n`, `image: ${image}\n`),
    readFileSync(join(EXAMPLES, path), 'utf8'),
  )
  return parseAllDocuments(text, { merge: true }).map((document) => {
    if (document.errors.length > 0) throw document.errors[0]
    return document.toJS() as KubeObject
  })
}

/** Whether a condition of a pod holds. */
export function holds(pod: Pod, type: string): boolean {
  return pod.status.conditions?.some((one) => one.type === type && one.status === 'True') ?? false
}

/** The status of one container of a pod; throws while there is none. */
export function containerOf(pod: Pod, name: string): ContainerStatus {
  const all = [...(pod.status.initContainerStatuses ?? []), ...(pod.status.containerStatuses ?? [])]
  const status = all.find((one) => one.name === name)
  if (status === undefined) throw new Error(`${pod.metadata.name} has no status of ${name}`)
  return status
}
