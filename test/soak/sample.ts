import { readdirSync, readFileSync } from 'node:fs'

const TICKS_PER_SECOND = 100

/** What a process holds and has used. */
export interface Sample {
  readonly rssKib: number
  /** Of that, what is the process's own, and what are pages of files. */
  readonly anonKib: number
  readonly fileKib: number
  readonly peakKib: number
  readonly descriptors: number
  readonly cpuSeconds: number
}

/** Asks the kernel about a running process. */
export function sample(pid: number): Sample {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const kib = (name: string): number => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1])
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return {
    rssKib: kib('VmRSS'),
    anonKib: kib('RssAnon'),
    fileKib: kib('RssFile'),
    peakKib: kib('VmHWM'),
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND,
  }
}
