/** `node:stream`: Node's own classes, without the operators, `compose` and promises that its index would load. */
import Duplex from 'readable-stream/lib/internal/streams/duplex.js'
import { Stream } from 'readable-stream/lib/internal/streams/legacy.js'
import Readable from 'readable-stream/lib/internal/streams/readable.js'
import Transform from 'readable-stream/lib/internal/streams/transform.js'
import Writable from 'readable-stream/lib/internal/streams/writable.js'
import { Buffer } from './buffer.ts'

// what the index gives the classes to work with
Object.assign(Stream, {
  _isUint8Array: (value: unknown): value is Uint8Array => value instanceof Uint8Array,
  _uint8ArrayToBuffer: ({ buffer, byteOffset, byteLength }: Uint8Array): Buffer =>
    Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength),
})

export { Duplex, Readable, Stream, Transform, Writable }
