import { Failure, type FailureDetail } from '../../src/checks/failure.ts'
import type { CheckIdentity, CheckState, CheckStatus } from '../../src/wait/event.ts'

export const db: CheckIdentity = { kind: 'postgres', target: 'postgres://app@db:5432/app', name: undefined }
export const auth: CheckIdentity = { kind: 'http', target: 'http://auth:8080/healthz', name: undefined }
export const kafka: CheckIdentity = { kind: 'dns', target: 'kafka', name: undefined }

const ports = new Map<number, CheckIdentity>()

/** A TCP check of port `n`: always the same object, as the engine does it too. */
export function port(n: number): CheckIdentity {
  const check = ports.get(n) ?? { kind: 'tcp', target: `db:${n}`, name: undefined }
  ports.set(n, check)
  return check
}

export function fail(code: string, reason: string, hint?: string): Failure {
  const detail: FailureDetail = { code, reason, hint }
  return new Failure(detail)
}

export const refused = fail('ECONNREFUSED', 'connection refused')
export const noSuchName = fail('DNS_NXDOMAIN', 'no such name', 'tried kafka.prod.svc.cluster.local')

/** The status of a check: not attempted yet, unless told otherwise. */
export function status(check: CheckIdentity, rest: Partial<Omit<CheckStatus, 'check'>> = {}): CheckStatus {
  return {
    check,
    state: 'waiting',
    attempts: 0,
    elapsedMs: 0,
    failure: undefined,
    detail: undefined,
    ...rest,
  }
}

/** A check that fails with `failure` after `attempts` attempts. */
export function failing(
  check: CheckIdentity,
  failure = refused,
  attempts = 1,
  elapsedMs = 2,
  state: CheckState = 'waiting',
): CheckStatus {
  return status(check, { state, failure, attempts, elapsedMs })
}

export function ready(check: CheckIdentity, elapsedMs: number, attempts = 1, detail?: string): CheckStatus {
  return status(check, { state: 'ready', elapsedMs, attempts, detail })
}
