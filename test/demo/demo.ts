/**
 * Shows readywhen at work: four services on this machine become ready one after another, readywhen waits for all of
 * them, becomes a command, and then it is told how long after each service was ready it was seen to be.
 */
import { spawn } from 'node:child_process'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { formatDuration } from '../../src/plan/duration.ts'
import { dnsService, httpService, postgresService, type Service, tcpService } from './services.ts'

/** When each becomes ready, in milliseconds from the first question of readywhen: what its own times are counted from. */
const READY_AFTER = { dns: 2000, tcp: 4000, postgres: 6000, http: 8500 }

interface Watched {
  readonly service: Service
  readonly readyAfter: number
  readyAt?: number
  seenAt?: number
}

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url))

console.log('Starting an embedded Postgres, a web server, a port and a name server …')
const watched: Watched[] = [
  { service: await postgresService(), readyAfter: READY_AFTER.postgres },
  { service: await httpService(), readyAfter: READY_AFTER.http },
  { service: await tcpService(), readyAfter: READY_AFTER.tcp },
  { service: await dnsService('kafka.demo.internal'), readyAfter: READY_AFTER.dns },
]
const targets = watched.flatMap(({ service }) => [service.flag, service.target])
const flags = [...targets, '--timeout', '60s', ...process.argv.slice(2)]
console.log(`\n$ readywhen ${flags.map(quote).join(' ')} -- echo started\n`)

let started = 0
let timers: NodeJS.Timeout[] = []
for (const { service } of watched) service.onAsked = startTheClock
const code = await runReadywhen([main, ...flags, '--', 'echo', 'started'])
for (const timer of timers) clearTimeout(timer)
await Promise.all(watched.map(({ service }) => service.stop()))
console.log(`\n${summary(watched)}`)
process.exit(code)

function startTheClock(): void {
  if (started > 0) return
  started = performance.now()
  timers = watched.map((one) => setTimeout(() => makeReady(one), one.readyAfter))
}

function makeReady(one: Watched): void {
  one.service.onSeen = () => {
    one.seenAt ??= performance.now()
  }
  one.readyAt = performance.now()
  one.service.becomeReady().then(
    () => {},
    (error: unknown) => {
      console.error(error)
      process.exitCode = 1
    },
  )
}

/** Runs readywhen on this terminal. ^C goes to it as well; here it must not end the program before it. */
function runReadywhen(args: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, args, { stdio: 'inherit' })
  process.on('SIGINT', () => {})
  process.on('SIGTERM', () => child.kill('SIGTERM'))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', (code) => resolve(code ?? 1))
  })
}

/** A table: when each service was ready, and how much later readywhen got its first good answer from it. */
function summary(all: readonly Watched[]): string {
  const rows = all.map(({ service, readyAt, seenAt }) => {
    const name = service.flag.slice(2).padEnd(10)
    if (readyAt === undefined || seenAt === undefined) return `${name}not seen ready`
    const ready = `${formatDuration(readyAt - started)}`.padEnd(10)
    return `${name}${ready}${formatDuration(seenAt - readyAt)}`
  })
  return [`${''.padEnd(10)}ready at  seen after`, ...rows].join('\n')
}

function quote(argument: string): string {
  return /^[\w:/.@=-]+$/.test(argument) ? argument : `'${argument}'`
}
