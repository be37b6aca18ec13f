/** Node's own code as packages, with the types of what it is in Node. */
declare module 'events/events.js' {
  export { EventEmitter, EventEmitter as default, once } from 'node:events'
}
declare module 'buffer/index.js' {
  export { Buffer, kMaxLength } from 'node:buffer'
}
declare module 'string_decoder/lib/string_decoder.js' {
  export { StringDecoder } from 'node:string_decoder'
}
declare module 'readable-stream/lib/internal/streams/legacy.js' {
  export { Stream } from 'node:stream'
}
declare module 'readable-stream/lib/internal/streams/readable.js' {
  export { Readable as default } from 'node:stream'
}
declare module 'readable-stream/lib/internal/streams/writable.js' {
  export { Writable as default } from 'node:stream'
}
declare module 'readable-stream/lib/internal/streams/duplex.js' {
  export { Duplex as default } from 'node:stream'
}
declare module 'readable-stream/lib/internal/streams/transform.js' {
  export { Transform as default } from 'node:stream'
}
declare module 'readable-stream/lib/internal/streams/passthrough.js' {
  export { PassThrough as default } from 'node:stream'
}
