/** `node:stream`: the classes that sockets and responses are made of; others are not there. */
export { Duplex } from './duplex.ts'
export { Readable } from './readable.ts'
