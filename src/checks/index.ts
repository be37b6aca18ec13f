import dns from './dns.ts'
import file from './file.ts'
import http from './http.ts'
import type { AnyKind } from './kind.ts'
import postgres from './postgres.ts'
import redis from './redis.ts'
import tcp from './tcp.ts'

/** The kinds of check, in the order of the help text. */
export const kinds = { tcp, http, postgres, redis, dns, file } satisfies Record<string, AnyKind>

export type KindName = keyof typeof kinds
