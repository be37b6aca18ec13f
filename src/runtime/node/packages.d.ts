/** Node's own code as packages, with the types of what it is in Node. */
declare module 'events/events.js' {
  export { EventEmitter, EventEmitter as default, once } from 'node:events'
}
declare module 'buffer/index.js' {
  export { Buffer, kMaxLength } from 'node:buffer'
}
