import { Failure } from '../failure.ts'
import type { RecordType } from './record.ts'
import type { ResolverConfig } from './resolv-conf.ts'

/** Where Docker's own DNS server listens in every container of a user-defined network. */
const DOCKER_DNS = '127.0.0.11'

/** A name that exists, but without records of the types that were asked for (RFC 2308, 2.2). */
export function noDataFailure(name: string, types: readonly RecordType[]): Failure {
  const reason = `"${name}" has no ${types.join(' or ')} record`
  return new Failure({ code: 'DNS_NODATA', reason })
}

/** A name that does not exist, under any of the full names that were tried for it. */
export function notFoundFailure(name: string, tried: readonly string[], config: ResolverConfig): Failure {
  return new Failure({
    code: 'DNS_NXDOMAIN',
    reason: `no such name "${name}"`,
    hint: notFoundHint(name.toLowerCase(), tried, config),
    down: true,
  })
}

/**
 * A name that does not exist in the search list, and of which nobody knows whether it exists without: the server failed
 * when it was asked for the name itself. Not `down`, as nothing is known.
 */
export function unforwardedFailure(
  name: string,
  tried: readonly string[],
  config: ResolverConfig,
  failure: Failure,
): Failure {
  const reason = `no such name "${name}" in the search list, and for the name itself ${failure.reason}`
  return new Failure({ ...failure, reason, hint: notFoundHint(name.toLowerCase(), tried, config) })
}

function notFoundHint(name: string, tried: readonly string[], config: ResolverConfig): string | undefined {
  const namespace = config.search.map((domain) => /^([^.]+)\.svc(\.|$)/.exec(domain)?.[1]).find(Boolean)
  if (namespace !== undefined) return kubernetesHint(name, tried, namespace)
  if (config.servers.some(({ host }) => host === DOCKER_DNS) && !name.includes('.')) {
    return 'Docker knows a container only while it runs, and only in the networks they have in common'
  }
  return tried.length > 1 ? `tried ${tried.join(', ')}` : undefined
}

/** Names of Services, as the DNS specification of Kubernetes has them (github.com/kubernetes/dns, 2.3 and 2.4). */
function kubernetesHint(name: string, tried: readonly string[], namespace: string): string | undefined {
  const looked = `tried ${tried.join(', ')}`
  if (!name.includes('.')) {
    return (
      `${looked}, which finds Services of namespace ${namespace} only: ` +
      `one of another namespace is named ${name}.<namespace>; a headless one has no name before a pod is ready`
    )
  }
  const [, service, other] = /^([^.]+)\.([^.]+)(?:\.svc(?:\..+)?)?$/.exec(name) ?? []
  if (service === undefined || other === undefined) return undefined
  return `${tried.length > 1 ? `${looked}; ` : ''}is there a Service ${service} in namespace ${other}?`
}
