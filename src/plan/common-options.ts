import { DURATION_PATTERN, parsePositiveDuration } from './duration.ts'
import { choiceOption, nonEmpty, type OptionValues, option, wholeNumber } from './option.ts'

/** The options that every kind of check has. */
export const commonOptions = {
  name: option({
    summary: 'label used in every output instead of the target',
    placeholder: 'label',
    parse: nonEmpty,
  }),
  timeout: option({
    summary: 'bound of one attempt (default: --attempt-timeout)',
    placeholder: 'duration',
    parse: parsePositiveDuration,
    schema: { type: ['string', 'number'], pattern: DURATION_PATTERN },
  }),
  successes: option({
    summary: 'successes in a row that count as ready (default: --successes)',
    placeholder: 'n',
    parse: (text) => wholeNumber(text, 1),
    schema: { type: 'integer', minimum: 1 },
  }),
  until: choiceOption('"down" waits until it is not answering', ['up', 'down']),
}

export type CommonValues = OptionValues<typeof commonOptions>
