import { setTimeout as sleep } from 'node:timers/promises'
import { type RunOptions, start } from '../blackbox/readywhen.ts'
import { closedPort } from '../servers/faults.ts'
import { type Sample, sample } from './sample.ts'

const TARGETS = 120
/** Until every delay has reached its upper bound and the heap its size. */
const SETTLING_S = 20
const SAMPLES = 12

export interface Soaked {
  readonly samples: readonly Sample[]
  /** Of one core. */
  readonly cpuShare: number
  readonly problems: readonly string[]
}

/** 120 targets that refuse, watched for so many seconds. */
export async function soakRefused(
  seconds: number,
  onSample: (one: Sample) => void = () => {},
  options: RunOptions = {},
): Promise<Soaked> {
  const port = await closedPort()
  const targets = Array.from({ length: TARGETS }, (_, i) => `--tcp=127.0.0.1:${port}#name=t${i}`)
  const running = start(['--timeout=0', '--quiet', ...targets], {
    ...options,
    limitMs: (seconds + 60) * 1000,
  })
  const samples: Sample[] = []
  await sleep(SETTLING_S * 1000)
  for (let i = 0; i <= SAMPLES; i += 1) {
    if (i > 0) await sleep((seconds * 1000) / SAMPLES)
    const one = sample(running.pid)
    samples.push(one)
    onSample(one)
  }
  running.kill('SIGTERM')
  const { code } = await running.ended
  return { samples, ...judge(samples, seconds, code) }
}

function judge(
  samples: readonly Sample[],
  seconds: number,
  code: number | null,
): { cpuShare: number; problems: string[] } {
  const [first, last] = [samples[0], samples.at(-1)]
  if (first === undefined || last === undefined) return { cpuShare: 0, problems: ['no samples'] }
  const half = samples.slice(0, samples.length / 2)
  const highest = (some: readonly Sample[]): number => Math.max(...some.map(({ rssKib }) => rssKib))
  const problems: string[] = []
  // Leaked attempts (60 a second) show as megabytes a minute; V8, though, lets its heap grow for some minutes.
  if (highest(samples) > highest(half) * 1.15 + 512) {
    problems.push(`memory grows: ${samples.map(({ rssKib }) => rssKib).join(' ')} KiB`)
  }
  if (Math.max(...samples.map(({ descriptors }) => descriptors)) > first.descriptors + TARGETS) {
    problems.push(`descriptors grow: ${samples.map(({ descriptors }) => descriptors).join(' ')}`)
  }
  if (code !== 143) problems.push(`ended with code ${code} on SIGTERM`)
  return { cpuShare: (last.cpuSeconds - first.cpuSeconds) / seconds, problems }
}
