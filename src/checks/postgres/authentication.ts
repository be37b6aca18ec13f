import { didYouMean } from '../../plan/suggest.ts'
import { UsageError } from '../../plan/usage-error.ts'
import type { Parameters } from './parameters.ts'

/** The ways of authentication as `require_auth` names them; `none` is to be let in without being asked. */
const METHODS = ['password', 'md5', 'gss', 'sspi', 'scram-sha-256', 'oauth', 'none'] as const
export type Method = (typeof METHODS)[number]

/** In which ways a server may ask who is there (`channel_binding` and `require_auth`). */
export interface AuthenticationRules {
  readonly channelBinding: 'disable' | 'prefer' | 'require'
  /** What `require_auth` says, and what it leaves; absent, every way will do. */
  readonly required?: { readonly text: string; readonly methods: ReadonlySet<Method> }
}

/** Reads the rules from their parameters (PostgreSQL, 34.1.2). Throws `UsageError`. */
export function authenticationRules(parameters: Parameters): AuthenticationRules {
  const { channel_binding: binding = 'prefer', require_auth: text } = parameters
  return {
    // Its value was checked when it was set.
    channelBinding: binding as AuthenticationRules['channelBinding'],
    ...(text !== undefined && { required: { text, methods: readMethods(text) } }),
  }
}

/** A list of methods, or of methods that are not allowed, each with a `!`. */
function readMethods(text: string): ReadonlySet<Method> {
  const items = text.split(',')
  const negated = items.filter((item) => item.startsWith('!')).length
  if (negated > 0 && negated < items.length) {
    throw new UsageError('has a require_auth with and without !: must be one or the other')
  }
  const named = new Set<Method>()
  for (const item of items) {
    const method = METHODS.find((each) => each === item.replace(/^!/, ''))
    if (method === undefined) {
      const near = didYouMean(item.replace(/^!/, ''), METHODS)
      throw new UsageError(`has an unknown method in require_auth${near}: must be of ${METHODS.join(', ')}`)
    }
    if (named.has(method)) throw new UsageError(`has ${method} twice in require_auth`)
    named.add(method)
  }
  return negated > 0 ? new Set(METHODS.filter((method) => !named.has(method))) : named
}
