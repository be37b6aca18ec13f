import type { AnyKind } from './kind.ts'

/** The kinds of check, in the order of the help text. A kind is loaded only when its flag is used. */
export const kinds = {
  tcp: () => import('./tcp.ts'),
  http: () => import('./http.ts'),
  postgres: () => import('./postgres.ts'),
  redis: () => import('./redis.ts'),
  dns: () => import('./dns.ts'),
  file: () => import('./file.ts'),
} satisfies Record<string, () => Promise<{ readonly default: AnyKind }>>

export type KindName = keyof typeof kinds
