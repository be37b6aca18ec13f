/** `npm run soak -- [seconds]`: what READYWHEN_COMMAND names, or the sources, under a long outage and under load. */
import process from 'node:process'
import { command } from '../blackbox/readywhen.ts'
import { manyLogins, manySockets } from './load.ts'
import { soakRefused } from './refused.ts'

const seconds = Number(process.argv[2] ?? 600)
if (!(seconds > 0)) {
  console.error('the argument is a number of seconds')
  process.exit(2)
}
const mib = (kib: number): string => `${(kib / 1024).toFixed(1)} MiB`
console.log(command.join(' '))

const sockets = await manySockets()
console.log(
  `1000 sockets: exit ${sockets.run.code} in ${sockets.run.ms.toFixed(0)} ms, ${sockets.open} open at once, peak ${mib(sockets.peakKib)}`,
)
const logins = await manyLogins()
console.log(
  `60 Postgres logins over TLS: exit ${logins.run.code} in ${logins.run.ms.toFixed(0)} ms, peak ${mib(logins.peakKib)}`,
)
console.log(`120 refused targets for ${seconds} s`)
const { cpuShare, problems } = await soakRefused(seconds, ({ rssKib, descriptors }) => {
  console.log(`  ${mib(rssKib)}, ${descriptors} descriptors`)
})
console.log(`  ${(cpuShare * 100).toFixed(2)} % of a core`)
for (const problem of problems) console.log(`PROBLEM ${problem}`)
process.exit(problems.length === 0 && sockets.run.code === 0 && logins.run.code === 0 ? 0 : 1)
