import { console } from './console.ts'

Object.defineProperty(globalThis, 'console', { value: console, writable: true, configurable: true })
