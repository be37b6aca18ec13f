import type { CheckStatus } from '../wait/event.ts'

const MESH =
  'every target refuses: in a service mesh they do until the sidecar runs, which (unless it is a native one) starts after init containers'

/** A target that is reached without the network, past any mesh. */
const LOCAL = /(^|[/@,])(localhost|127\.[\d.]+|\[::1\])(?=[:/,]|$)|^unix:/i

/**
 * The usual cause of what all checks have in common, or nothing. A refusal by every target (two or more) is seldom the
 * fault of the targets: a mesh redirects all traffic to a sidecar that is not up yet. Files do not use the network and
 * name servers are often exempt, so neither speaks for or against it; loopback passes by any mesh.
 */
export function commonHint(statuses: readonly CheckStatus[]): string | undefined {
  const remote = statuses.filter(({ check }) => check.kind !== 'file' && check.kind !== 'dns')
  const targets = new Set(remote.map(({ check }) => check.target))
  if (targets.size < 2 || !remote.every(isPlainRefusal)) return undefined
  return MESH
}

/** Whether a target is reached without the network. */
export function isLocal(target: string): boolean {
  return LOCAL.test(target)
}

function isPlainRefusal({ check, state, failure }: CheckStatus): boolean {
  if (isLocal(check.target)) return false
  return state !== 'ready' && failure?.code === 'ECONNREFUSED'
}
