import type { Socket } from 'node:net'
import { AbstractConnector } from 'ioredis'

/**
 * A connector that connects nothing: it hands over the socket, and ends it without the timer of the usual ones. ioredis
 * gets those bytes only that `look` lets through; it puts itself in front of all other listeners.
 */
export function connectorOf(
  socket: Socket,
  look: (chunk: Buffer) => boolean,
): new (
  options: unknown,
) => AbstractConnector {
  const prepend = (event: string, listener: (...args: unknown[]) => void): Socket =>
    socket.on(event, (...args: unknown[]) => {
      if (event !== 'data' || look(args[0] as Buffer)) listener(...args)
    })
  socket.prependListener = prepend as Socket['prependListener']
  return class extends AbstractConnector {
    constructor() {
      super(0)
    }

    override connect(): Promise<Socket> {
      return Promise.resolve(socket)
    }

    override disconnect(): void {
      socket.destroy()
    }
  }
}
