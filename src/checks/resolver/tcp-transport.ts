import net from 'node:net'
import type { ServerAddress } from './resolv-conf.ts'
import type { Transport } from './udp-transport.ts'

/**
 * Opens a TCP connection to one server (RFC 7766); each message has its length in front. `onError` is given nothing when
 * the server closed the connection.
 */
export function openTcp(
  { host, port }: ServerAddress,
  onMessage: (message: Buffer) => void,
  onError: (error: Error | undefined) => void,
): Transport {
  const socket = net.connect({ host, port })
  let received: Buffer = Buffer.alloc(0)
  let open = true
  function end(error: Error | undefined): void {
    if (open) onError(error)
    open = false
  }
  socket.on('data', (chunk) => {
    received = Buffer.concat([received, chunk])
    while (open && received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
      const size = received.readUInt16BE(0)
      const message = received.subarray(2, 2 + size)
      received = received.subarray(2 + size)
      onMessage(message)
    }
  })
  socket.on('error', end)
  socket.on('close', () => end(undefined))
  return {
    send(message) {
      socket.write(Buffer.concat([Buffer.from([message.length >> 8, message.length & 0xff]), message]))
    },
    close() {
      open = false
      socket.destroy()
    },
  }
}
