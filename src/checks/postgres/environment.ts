import { UsageError } from '../../plan/usage-error.ts'
import type { ParseContext } from '../kind.ts'
import { checkValue, ParameterList, type Parameters, variables } from './parameters.ts'
import { checkPlainValue } from './plain-value.ts'

const ELSEWHERE = 'what belongs to it can be written in the target'

/**
 * Adds what the target does not say: from the service file, then from the `PG*` variables (PostgreSQL, 34.15 and 34.17).
 * Throws `UsageError`.
 */
export function addDefaults(given: Parameters, context: ParseContext): Parameters {
  const environment = fromVariables(context.env)
  const service = given.service ?? environment.service
  const file = given.servicefile ?? environment.servicefile
  const named = service === undefined ? {} : fromService(service, file, context)
  return { ...environment, ...named, ...given }
}

function fromVariables(env: ParseContext['env']): Parameters {
  const list = new ParameterList()
  // The old spelling of sslmode=require.
  if (env['PGREQUIRESSL']?.startsWith('1')) list.set('sslmode', 'require')
  for (const { name, variable } of variables) {
    const value = env[variable]
    if (value === undefined || value === '') continue
    checkValue(name, variable, value)
    checkPlainValue(name, variable, value, ELSEWHERE)
    list.set(name, value)
  }
  return list.get()
}

function fromService(service: string, file: string | undefined, context: ParseContext): Parameters {
  const { HOME, PGSYSCONFDIR } = context.env
  const places = file !== undefined ? [file] : []
  if (file === undefined && HOME) places.push(`${HOME}/.pg_service.conf`)
  if (PGSYSCONFDIR) places.push(`${PGSYSCONFDIR}/pg_service.conf`)
  for (const place of places) {
    const found = findService(service, readIfThere(place, context))
    if (found !== undefined) return found
  }
  throw new UsageError('names a service that stands in no service file')
}

function readIfThere(path: string, context: ParseContext): string {
  try {
    return context.readFile(path)
  } catch (error) {
    if (error instanceof UsageError) return ''
    throw error
  }
}

function findService(service: string, text: string): Parameters | undefined {
  const lines = text.split(/\r?\n/).map((line) => line.trim())
  const start = lines.indexOf(`[${service}]`)
  if (start < 0) return undefined
  const list = new ParameterList()
  for (const line of lines.slice(start + 1)) {
    if (line.startsWith('[')) break
    if (line === '' || line.startsWith('#')) continue
    const equals = line.indexOf('=')
    if (equals < 0) throw new UsageError('names a service whose file has a line that is not key=value')
    const name = line.slice(0, equals).trim()
    const value = line.slice(equals + 1).trim()
    list.set(name, value)
    checkPlainValue(name, name, value, ELSEWHERE)
  }
  return list.get()
}
