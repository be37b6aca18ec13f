/** `node:stream`: Node's own classes, without the operators, `compose` and promises that its index would load. */
import Duplex from 'readable-stream/lib/internal/streams/duplex.js'
import { Stream } from 'readable-stream/lib/internal/streams/legacy.js'
import Readable from 'readable-stream/lib/internal/streams/readable.js'
import Transform from 'readable-stream/lib/internal/streams/transform.js'
import Writable from 'readable-stream/lib/internal/streams/writable.js'

export { Duplex, Readable, Stream, Transform, Writable }
