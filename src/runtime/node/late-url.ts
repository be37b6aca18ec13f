import { URL, URLSearchParams } from './url.ts'

for (const [name, value] of Object.entries({ URL, URLSearchParams })) {
  Object.defineProperty(globalThis, name, { value, writable: true, configurable: true })
}
