import { DURATION_PATTERN, parseDuration, parsePositiveDuration } from './duration.ts'
import { choiceOption, flagOption, type OptionSpec, option, wholeNumber } from './option.ts'
import { UsageError } from './usage-error.ts'

/** The two bounds of the delay between attempts, in milliseconds. */
export interface BackoffBounds {
  readonly minMs: number
  readonly maxMs: number
}

/** A setting of the whole wait: a flag, a variable and a key of the configuration file, declared once. */
export interface SettingSpec<V> extends OptionSpec<V> {
  /** What holds when nobody says otherwise, written as a user would. */
  readonly default: string
}

function setting<V>(spec: OptionSpec<V>, byDefault: string): SettingSpec<V> {
  return { ...spec, default: byDefault }
}

const durationSchema = {
  type: ['string', 'number'],
  pattern: DURATION_PATTERN,
}

/** The settings in the order of the help text. */
export const settings = {
  timeout: setting(
    option({
      summary: 'the whole wait; 0 waits for ever',
      placeholder: 'duration',
      parse: parseDuration,
      schema: durationSchema,
    }),
    '5m',
  ),
  'attempt-timeout': setting(
    option({
      summary: 'bound of one attempt, unless its target says timeout=',
      placeholder: 'duration',
      parse: parsePositiveDuration,
      schema: durationSchema,
    }),
    '3s',
  ),
  backoff: setting(
    option({
      summary: 'delay between attempts: min at first, min/2 longer each time, up to max',
      placeholder: 'min..max',
      parse: parseBackoff,
    }),
    '100ms..2s',
  ),
  grace: setting(
    option({
      summary: 'how long a wrong password and the like is still retried; 0 gives up at once',
      placeholder: 'duration',
      parse: parseDuration,
      schema: durationSchema,
    }),
    '30s',
  ),
  successes: setting(
    option({
      summary: 'successes in a row that count as ready, unless a target says successes=',
      placeholder: 'n',
      parse: (text) => wholeNumber(text, 1),
      schema: { type: 'integer', minimum: 1 },
    }),
    '1',
  ),
  any: setting(flagOption('ready when any one check is'), 'false'),
  once: setting(flagOption('one attempt each, then exit 0 or 1: for healthchecks and exec probes'), 'false'),
  log: setting(choiceOption('form of the log on stderr', ['text', 'json']), 'text'),
  quiet: setting(flagOption('log errors only'), 'false'),
  verbose: setting(flagOption('log every attempt'), 'false'),
  'dry-run': setting(flagOption('print the resolved plan and exit, without touching the network'), 'false'),
}

export type SettingName = keyof typeof settings

/** The settings of one wait, parsed. */
export type Settings = {
  readonly [K in SettingName]: (typeof settings)[K] extends SettingSpec<infer V> ? V : never
}

/** Reads `100ms..2s`, or one duration for a fixed delay. */
function parseBackoff(text: string): BackoffBounds {
  const [min, max, ...rest] = text.split('..')
  if (min === undefined || rest.length > 0) throw new UsageError('must be two durations: min..max')
  const bounds = {
    minMs: parsePositiveDuration(min),
    maxMs: parsePositiveDuration(max ?? min),
  }
  if (bounds.maxMs < bounds.minMs) throw new UsageError('must have its smaller bound first: min..max')
  return bounds
}
