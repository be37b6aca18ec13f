import type { CheckIdentity, CheckStatus, WaitEvent } from '../wait/event.ts'

/** Keeps the last known status of every check, in the order of the plan. */
export function remember(latest: Map<CheckIdentity, CheckStatus>, event: WaitEvent): void {
  if ('status' in event) latest.set(event.status.check, event.status)
  if (event.type === 'heartbeat') for (const status of event.pending) latest.set(status.check, status)
  if ('statuses' in event) for (const status of event.statuses) latest.set(status.check, status)
}
