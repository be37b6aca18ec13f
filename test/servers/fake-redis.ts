import type net from 'node:net'
import { type FaultOptions, type FaultServer, startScripted } from './faults.ts'

/** What a fake Redis answers to the words of a command, as bytes of RESP; without an answer it stays silent. */
export type Answer = (words: readonly string[], socket: net.Socket) => string | undefined

/** Starts a server that speaks Redis as far as a test says: what it has no words for, it leaves unanswered. */
export function startFakeRedis(answer: Answer, options: FaultOptions = {}): Promise<FaultServer> {
  return startScripted((socket) => {
    let text = ''
    socket.on('data', (data) => {
      text += data.toString('latin1')
      for (let command = readCommand(text); command !== undefined; command = readCommand(text)) {
        text = text.slice(command.length)
        const reply = answer(command.words, socket)
        if (reply !== undefined) socket.write(reply)
      }
    })
  }, options)
}

/** The first whole command of a text: an array of bulk strings ("Redis serialization protocol"). */
function readCommand(text: string): { words: readonly string[]; length: number } | undefined {
  const count = /^\*(\d+)\r\n/.exec(text)
  if (count === null) return undefined
  const words: string[] = []
  let at = count[0].length
  while (words.length < Number(count[1])) {
    const size = /^\$(\d+)\r\n/.exec(text.slice(at))
    if (size === null) return undefined
    const begin = at + size[0].length
    at = begin + Number(size[1]) + 2
    if (at > text.length) return undefined
    words.push(text.slice(begin, at - 2))
  }
  return { words, length: at }
}
