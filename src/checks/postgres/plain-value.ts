import { checkName, holdsNamedPair, holdsPair } from '../../plan/separators.ts'
import { UsageError } from '../../plan/usage-error.ts'
import { filePath } from '../file-path.ts'

/** Their values are shown, looked up or sent, and name one thing. */
const NAMES: Readonly<Record<string, string>> = { user: 'user', dbname: 'database', service: 'service' }
const SHOWN = Object.keys(NAMES)
const FILES = [
  'passfile',
  'servicefile',
  'sslcert',
  'sslkey',
  'sslrootcert',
  'sslcrl',
  'sslcrldir',
  'sslkeylogfile',
]
const SECRETS = ['password', 'sslpassword', 'scram_client_key', 'scram_server_key', 'oauth_client_secret']
const TEXTS = ['application_name', 'fallback_application_name', 'options']

/**
 * Refuses a value, written without quotes and percent escapes, that swallows what follows it in a connection string of
 * another dialect (`host=db;port=5432;password=…`). The error says nothing of the value.
 * @param origin how the error names the parameter
 */
export function checkPlainValue(name: string, origin: string, written: string, remedy: string): void {
  const what = NAMES[name]
  if (what !== undefined) checkName(origin === name ? what : origin, written, remedy)
  else if (SECRETS.includes(name)) {
    if (holdsNamedPair(written)) throw swallows(origin, remedy)
  } else if (FILES.includes(name)) {
    checkFile(origin, written)
  } else if (TEXTS.includes(name)) {
    if (/[;,&|]\s*[A-Za-z_]\w*\s*=/.test(written)) throw swallows(origin, remedy)
  } else if (holdsPair(written)) throw swallows(origin, remedy)
}

/** Refuses values that cannot be what they are for, however they were written. */
export function checkNames(values: Readonly<Record<string, string | undefined>>): void {
  for (const name of SHOWN) {
    const value = values[name]
    if (value !== undefined && holdsPair(value))
      throw new UsageError(`has a ${NAMES[name]} that goes on as a connection string`)
  }
  for (const name of FILES) if (values[name] !== undefined) checkFile(name, values[name])
}

function checkFile(origin: string, path: string): void {
  try {
    filePath(path)
  } catch (error) {
    throw error instanceof UsageError ? error.from(`has a value in ${origin} that`) : error
  }
}

function swallows(origin: string, remedy: string): UsageError {
  return new UsageError(`has a value in ${origin} that goes on with other values: ${remedy}`)
}
