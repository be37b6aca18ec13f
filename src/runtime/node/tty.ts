/** `node:tty` */
import { host } from './host.ts'

export function isatty(fd: number): boolean {
  return host.isTTY(fd)
}
