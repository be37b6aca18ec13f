import { isIP } from 'node:net'
import process from 'node:process'

const REFUSED =
  'a Service refuses while none of its pods is ready (kubectl get endpointslices), and where they do not listen at its targetPort'
const SILENT =
  'what drops connections to a Service: a port it does not have, no ready pod on this node (internalTrafficPolicy: Local), a NetworkPolicy'

/**
 * Why a Service does not let anybody in, for a pod that dials one: kube-proxy rejects what has no endpoint, and drops
 * what has none on this node (Kubernetes, "Virtual IPs and Service Proxies"). Nothing outside of a pod, and nothing for
 * names that are not a Service's.
 */
export function serviceHint(host: string, how: 'refused' | 'silent'): string | undefined {
  if (process.env['KUBERNETES_SERVICE_HOST'] === undefined || !mayBeService(host)) return undefined
  return how === 'refused' ? REFUSED : SILENT
}

/** `db`, `db.prod`, `db.prod.svc`, `db.prod.svc.cluster.local`; not `store-0.store`, which is one pod of a StatefulSet. */
function mayBeService(host: string): boolean {
  if (isIP(host) !== 0 || /^localhost\.?$/i.test(host)) return false
  const [service = '', namespace, svc] = host.replace(/\.$/, '').split('.')
  if (namespace === undefined) return true
  if (svc === undefined) return !/-\d+$/.test(service)
  return svc.toLowerCase() === 'svc'
}
