import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { readywhen, temporaryFile } from './readywhen.ts'
import { leaks, plant } from './secret-leaks.ts'
import { onOneLine, type SecretTarget, secretTargets } from './secret-targets.ts'

const ABREAST = 4
const PORT = 5432

/** What people get wrong in a target that holds a secret; nothing where it cannot be got wrong in this way. */
const mistakes: Readonly<Record<string, (text: string, target: SecretTarget) => string | undefined>> = {
  'a port that is none': (text) => swap(text, `${PORT}`, '99999'),
  'a port of letters': (text) => swap(text, `${PORT}`, 'port'),
  'an option that is not there': (text) => `${text}${text.includes('#') ? '&' : '#'}retry=5`,
  'an option with a bad value': (text) => `${text}${text.includes('#') ? '&' : '#'}timeout=soon`,
  'a scheme that is misspelt': (text) => swap(text, '://', 's://'),
  'no scheme': (text) => (text.includes('://') ? text.replace(/^\w+:\/\//, '') : undefined),
  'one slash too few': (text) => swap(text, '://', ':/'),
  'a space in the host': (text) => swap(text, '127.0.0.1', '127.0.0 .1'),
  'no host': (text, { title }) =>
    // Without a host, what stands behind an @ or is alone is a host.
    /unencoded|user of/.test(title) ? undefined : swap(text, `@127.0.0.1:${PORT}`, ''),
  'a parameter that is not there': (text, { kind }) =>
    kind === 'postgres' ? swap(text, 'sslmode', 'sslmod') : undefined,
  'a quote that is not closed': (text) =>
    text.startsWith('host=') ? text.replace(/' sslmode.*/, '') : undefined,
  'a # in the secret': (text) => splitSecret(text, '#'),
  'a # and an = in the secret': (text) => splitSecret(text, '#a='),
  'a & in the secret': (text) => (/#.*Birne/.test(text) ? splitSecret(text, '&') : undefined),
  'a space in the secret': (text) => splitSecret(text, ' '),
  'escapes that are not UTF-8 in the secret': (text) => splitSecret(text, '%ff%fe'),
  'a line break in the secret': (text) => splitSecret(text, '\n'),
}

/** Those that are made in configuration files as well: their errors name another place. */
const FROM_FILES = ['an option that is not there', 'a # in the secret']

function swap(text: string, from: string, to: string): string | undefined {
  return text.includes(from) ? text.replace(from, to) : undefined
}

/** Puts something between the halves of the secret, as if it had not been encoded. */
function splitSecret(text: string, by: string): string | undefined {
  return text.includes('Birne') ? text.replace('Birne', `${by}Birne`) : undefined
}

for (const [mistake, make] of Object.entries(mistakes)) {
  describe(`secrets stay out of the error about ${mistake}`, { concurrency: ABREAST }, () => {
    for (const target of secretTargets) {
      const { title, kind, between, write } = target
      const secret = plant(title, between)
      const broken = make(onOneLine(write(secret.secret, PORT, temporaryFile)), target)
      if (broken === undefined) continue
      test(`${kind}: ${title}`, async () => {
        const config = `--config=${temporaryFile(JSON.stringify({ [kind]: [broken] }))}`
        const ways = FROM_FILES.includes(mistake) ? [`--${kind}=${broken}`, config] : [`--${kind}=${broken}`]
        for (const way of ways) {
          // A dry run contacts nobody where the mistake is none for this kind.
          const run = await readywhen(['--dry-run', way])
          assert.ok(run.code === 2 || run.code === 0, run.stderr)
          const leaked = leaks(run.stdout + run.stderr, [secret])
          assert.equal(leaked.length, 0, `${broken}\n${run.stdout}${run.stderr}`)
        }
      })
    }
  })
}
