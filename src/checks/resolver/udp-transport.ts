import { createSocket } from 'node:dgram'
import { isIPv6 } from 'node:net'
import type { ServerAddress } from './resolv-conf.ts'

/** A way to one DNS server: messages go out by `send` and come in by the callbacks it was opened with. */
export interface Transport {
  send(message: Buffer): void
  close(): void
}

/**
 * Opens a UDP socket to one server. It is connected, so that the kernel drops what others send and tells when nobody
 * listens there; it may go on after an error.
 */
export function openUdp(
  { host, port }: ServerAddress,
  onMessage: (message: Buffer) => void,
  onError: (error: Error) => void,
): Transport {
  const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4')
  let waiting: Buffer[] | undefined = []
  let open = true
  socket.on('message', (message) => onMessage(message))
  socket.on('error', (error) => {
    if (open) onError(error)
  })
  socket.on('connect', () => {
    const messages = waiting ?? []
    waiting = undefined
    messages.forEach(send)
  })
  socket.connect(port, host)

  function send(message: Buffer): void {
    if (waiting !== undefined) waiting.push(message)
    else
      socket.send(message, (error) => {
        if (error && open) onError(error)
      })
  }

  return {
    send,
    close() {
      open = false
      socket.close()
    },
  }
}
