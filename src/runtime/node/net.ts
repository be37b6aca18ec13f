/** `node:net`. Who only asks whether a text is an address does not get the sockets, and with them the streams. */
import { isIP, isIPv4, isIPv6 } from './ip.ts'
import { connect, Socket } from './socket.ts'

export { connect, connect as createConnection, isIP, isIPv4, isIPv6, Socket }
export default { Socket, connect, createConnection: connect, isIP, isIPv4, isIPv6 }
