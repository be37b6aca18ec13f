import process from 'node:process'
import type { Ready } from '../../../src/checks/kind.ts'
import redis from '../../../src/checks/redis.ts'
import type { FaultServer } from '../../servers/faults.ts'
import { until } from '../../servers/until.ts'
import { type WatchedAttempt, watchedAttempt } from '../attempts.ts'
import { bound } from '../bound.ts'

/** One attempt at a target that is written as on the command line. */
export function probe(text: string, attempt: WatchedAttempt = watchedAttempt()): Promise<Ready> {
  return bound(redis, text).probe(attempt)
}

/** The target of a server on 127.0.0.1; `rest` is what stands behind the port. */
export function at(server: { readonly port: number }, rest = '', userInfo = ''): string {
  return `redis://${userInfo === '' ? '' : `${userInfo}@`}127.0.0.1:${server.port}${rest}`
}

/** Waits until clients have closed all connections; gives what this process still has open, which should be nothing. */
export async function leftOpen(servers: readonly FaultServer[]): Promise<readonly string[]> {
  await until(() => servers.every((server) => server.open === 0), 'the connections to be closed', 3000)
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve))
  return process.getActiveResourcesInfo().filter((each) => /SocketWrap|TLSWrap|Timeout/.test(each))
}
