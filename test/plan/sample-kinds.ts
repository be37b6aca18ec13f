import { type AnyKind, defineKind } from '../../src/checks/kind.ts'
import { choiceOption, flagOption, option, repeatedOption, wholeNumber } from '../../src/plan/option.ts'
import { Secret } from '../../src/plan/secret.ts'
import { UsageError } from '../../src/plan/usage-error.ts'

/** A kind with an option of every sort: targets are `place` or `user:password@place`. */
export const door: AnyKind = defineKind({
  placeholder: 'place',
  summary: 'the door opens',
  examples: ['--door front'],
  options: {
    colour: choiceOption('colour of the door', ['red', 'green']),
    width: option({
      summary: 'width',
      placeholder: 'n',
      parse: (text) => wholeNumber(text, 10),
      schema: { type: 'integer', minimum: 10 },
    }),
    tag: repeatedOption({ summary: 'a tag', placeholder: 'text', parse: (text) => text.toUpperCase() }),
    code: option({
      summary: 'the code',
      placeholder: 'text',
      secret: true,
      parse(text) {
        if (text.length < 3) throw new UsageError('must have three characters')
        return text
      },
    }),
    'open-wide': flagOption('all the way'),
  },
  parse(target, options, context) {
    const [, user, password, place] = /^(?:(\w+):(.*)@)?([^@:]*)$/s.exec(target) ?? []
    if (place === undefined) throw new UsageError('must be a place')
    if (place === 'nowhere') throw new UsageError('has no door')
    return {
      shown: user === undefined ? place : `${user}@${place}`,
      secrets: password === undefined ? [] : [new Secret(password)],
      options,
      home: context.env['HOME'],
    }
  },
  probe: async ({ home, options }) => ({ detail: JSON.stringify({ home, ...options }) }),
})

/** A kind without options of its own, whose variable is a list by commas. */
export const bell: AnyKind = defineKind({
  placeholder: 'room',
  summary: 'the bell rings',
  examples: ['--bell hall'],
  options: {},
  splitList: (text) => text.split(',').filter((part) => part !== ''),
  parse: (target) => ({ shown: target, secrets: [] }),
  probe: async () => ({}),
})
