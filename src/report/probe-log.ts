import { Failure } from '../checks/failure.ts'
import type { CheckStatus, WaitEvent } from '../wait/event.ts'
import { commonHint, isLocal } from './common-hint.ts'
import { belowLine, type Line, labelWidth, render, stateLine, wholeLine } from './line.ts'
import type { Reporter } from './reporter.ts'
import { oneLine } from './width.ts'
import { closing, closingWord, ending, finding, isSaid, label, worstFirst } from './words.ts'

/**
 * The log of a probe (`--once`). What a failing probe prints becomes an event of its pod, and Kubernetes counts those
 * up whose text is the same: so it tells what failed first, the worst of it in front whoever answered first, and no
 * time, number of attempts or other thing that differs from run to run.
 */
export function probeReporter(options: {
  readonly quiet: boolean
  readonly colour: boolean
  write(text: string): void
}): Reporter {
  const put = (line: Line): void => options.write(`${render(line, options.colour)}\n`)
  return {
    on(event) {
      if (event.type !== 'end' || (options.quiet && event.outcome === 'ready')) return
      for (const line of probeLines(event)) put(line)
    },
    close() {},
  }
}

function probeLines({ outcome, statuses, elapsedMs }: WaitEvent & { readonly type: 'end' }): Line[] {
  const good = outcome === 'ready'
  const told = good ? statuses : worstFirst(statuses)
  const width = labelWidth(told)
  const hints = new Set<string>()
  const lines = told.flatMap((status) => {
    // Of a probe that is ready Kubernetes keeps nothing, so that is for who tries it out.
    const rest = good ? closing(status) : finding(status)
    const line = stateLine(closingWord(status), label(status.check), width, rest)
    const hint = status.state === 'ready' ? undefined : status.failure?.hint
    if (hint === undefined || hints.has(hint)) return [line]
    hints.add(hint)
    return [line, belowLine(`hint: ${oneLine(hint)}`)]
  })
  const common = good ? undefined : commonHint(statuses)
  if (common !== undefined) lines.push(wholeLine(`hint: ${common}`))
  if (!isSaid(outcome, statuses)) {
    lines.push(wholeLine(ending(outcome, statuses, good ? elapsedMs : undefined), good ? 'good' : 'bad'))
  }
  return lines
}

/**
 * An event without the hints about a loopback address that refuses. To one who waits in a container of its own it says
 * that this is the pod itself; a probe means just that.
 */
export function withoutLocalHints(event: WaitEvent): WaitEvent {
  switch (event.type) {
    case 'attempt':
    case 'change':
    case 'result':
      return { ...event, status: withoutLocalHint(event.status) }
    case 'start':
    case 'end':
      return { ...event, statuses: event.statuses.map(withoutLocalHint) }
    case 'heartbeat':
      return { ...event, pending: event.pending.map(withoutLocalHint) }
  }
}

function withoutLocalHint(status: CheckStatus): CheckStatus {
  const { check, failure } = status
  if (failure?.code !== 'ECONNREFUSED' || !isLocal(check.target)) return status
  return { ...status, failure: new Failure({ ...failure, hint: undefined }) }
}
