import { spawn } from 'node:child_process'
import { command } from '../blackbox/readywhen.ts'
import { startFault } from '../servers/faults.ts'
import { startGate } from '../servers/gate.ts'

// How much readywhen adds to a wait: a dependency becomes ready at ten different moments between 3 and 4 s; the delay
// from there to the exit, and the number of attempts of a wait of 10 s. Prints, judges nothing.
const MOMENTS = 10
const server = await startFault('silent')

const delays: number[] = []
for (let i = 0; i < MOMENTS; i++) {
  const gate = await startGate(server.port)
  const ended = run(['--timeout=20s', `--tcp=127.0.0.1:${gate.port}`])
  await new Promise((resolve) => setTimeout(resolve, 3000 + i * 100))
  const opened = await gate.open()
  await ended
  delays.push(performance.now() - opened)
  await gate.stop()
}
const closed = await startGate(server.port)
const { stderr } = await run(['--timeout=10s', `--tcp=127.0.0.1:${closed.port}`])
await server.stop()

const mean = delays.reduce((sum, delay) => sum + delay, 0) / delays.length
console.log(`command           ${command.join(' ')}`)
console.log(
  `delay, mean       ${mean.toFixed(0)} ms (from ready to exit, ${MOMENTS} runs, ready between 3 and 4 s)`,
)
console.log(`delay, longest    ${Math.max(...delays).toFixed(0)} ms`)
console.log(`attempts in 10 s  ${/(\d+) attempts/.exec(stderr)?.[1]}`)

function run(args: readonly string[]): Promise<{ stderr: string }> {
  const [file = '', ...rest] = [...command, ...args]
  const child = spawn(file, rest, { stdio: ['ignore', 'ignore', 'pipe'] })
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  return new Promise((resolve) => child.once('close', () => resolve({ stderr })))
}
