/** `node:os` */
import { host } from './host.ts'

export function hostname(): string {
  return host.hostname()
}
