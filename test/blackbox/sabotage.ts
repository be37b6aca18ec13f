import { Socket } from 'node:net'

// Preloaded to see what a bug does: the first connection throws from inside the program.
Socket.prototype.connect = () => {
  throw new Error('sabotaged')
}
