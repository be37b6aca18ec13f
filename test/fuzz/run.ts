/**
 * `npm run fuzz -- [--seconds 20] [--seed TEXT] [--only dns|http|postgres|redis|tls|tcp] [--case N]`: hostile servers
 * against what READYWHEN_COMMAND names, or the sources.
 */
import process from 'node:process'
import { parseArgs } from 'node:util'
import { command } from '../blackbox/readywhen.ts'
import { isProtocol } from './cases.ts'
import { fuzz } from './fuzz.ts'

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '20' },
    seed: { type: 'string', default: `${Date.now()}` },
    only: { type: 'string' },
    case: { type: 'string' },
  },
})
const only = values.only
if (only !== undefined && !isProtocol(only)) throw new Error(`there is no protocol ${only}`)
console.log(`${command.join(' ')}, seed ${values.seed}`)
const { cases, problems } = await fuzz({
  seed: values.seed,
  seconds: Number(values.seconds),
  only,
  number: values.case === undefined ? undefined : Number(values.case),
})
console.log(`${cases} cases, ${problems.length} problems`)
for (const problem of problems) console.log(problem)
process.exit(problems.length === 0 ? 0 : 1)
