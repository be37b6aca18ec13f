import { Buffer } from './buffer.ts'

Object.defineProperty(globalThis, 'Buffer', { value: Buffer, writable: true, configurable: true })
