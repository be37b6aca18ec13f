/** In the place of `readable-stream/lib/internal/validators` and `…/ours/util`: what the classes in use need of them. */
import { codes } from './stream-errors.ts'

export function validateObject(value: unknown, name: string): void {
  if (typeof value !== 'object' || value === null) throw new codes.ERR_INVALID_ARG_TYPE(name, 'object', value)
}

export function validateInteger(value: unknown, name: string, least: number): void {
  if (typeof value !== 'number') throw new codes.ERR_INVALID_ARG_TYPE(name, 'number', value)
  if (!Number.isInteger(value) || value < least) {
    throw new codes.ERR_OUT_OF_RANGE(name, `an integer of at least ${least}`, value)
  }
}

/** Streams say nothing about themselves here. */
export function debuglog(): () => void {
  return () => {}
}
