import { option } from '../../plan/option.ts'
import { UsageError } from '../../plan/usage-error.ts'

/** The statuses that count as ready. */
export interface StatusSet {
  /** As it was written: `200,204`; absent where nothing was asked for. */
  readonly shown: string | undefined
  has(status: number): boolean
}

/** 2xx, as everywhere where nothing else is said. */
export const SUCCESSFUL: StatusSet = { shown: undefined, has: (status) => status >= 200 && status <= 299 }

export const statusOption = option({
  summary: 'statuses that count as ready (default 2xx)',
  placeholder: '200,204|200-399|4xx',
  schema: { type: ['string', 'integer'] },
  parse: parseStatusSet,
})

/** Reads `200,204`, `200-399`, `4xx` and mixtures; throws `UsageError`. */
export function parseStatusSet(text: string): StatusSet {
  const ranges = text.split(',').map((part) => parseRange(part.trim()))
  return { shown: text, has: (status) => ranges.some(([from, to]) => status >= from && status <= to) }
}

function parseRange(part: string): readonly [number, number] {
  const hundreds = /^([1-9])xx$/i.exec(part)?.[1]
  if (hundreds !== undefined) return [Number(hundreds) * 100, Number(hundreds) * 100 + 99]
  const [, from, to = from] = /^([1-9]\d\d)(?:-([1-9]\d\d))?$/.exec(part) ?? []
  if (from === undefined || Number(to) < Number(from)) {
    throw new UsageError('must be statuses such as 200,204 or 200-399 or 4xx')
  }
  return [Number(from), Number(to)]
}

/** For servers that leave the reason phrase out, as RFC 9112 lets them. */
const PHRASES: Readonly<Record<number, string>> = {
  200: 'OK',
  204: 'No Content',
  301: 'Moved Permanently',
  302: 'Found',
  307: 'Temporary Redirect',
  308: 'Permanent Redirect',
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
}

/** `503 Service Unavailable`: with the server's own phrase, which must be fit to be shown already. */
export function describeStatus(status: number, phrase: string): string {
  return `${status} ${phrase || (PHRASES[status] ?? '')}`.trimEnd()
}
