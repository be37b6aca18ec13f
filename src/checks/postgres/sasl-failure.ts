import { quoteForeign } from '../../plan/secret.ts'
import { Failure } from '../failure.ts'
import type { LoginFacts } from './server-failure.ts'

/** Turns what the driver itself finds wrong with a login (it throws plain errors, known by their text) into a failure. */
export function saslFailure(error: unknown, facts: LoginFacts): Failure {
  const said = error instanceof Error ? error.message : String(error)
  if (/server signature does not match/.test(said)) {
    return new Failure({
      code: 'SCRAM_SIGNATURE',
      reason: 'server does not know the password itself (its SCRAM signature is wrong)',
      hint: 'something else may answer in place of the server',
      lasting: true,
    })
  }
  if (/Only mechanism/.test(said)) {
    return new Failure({
      code: 'AUTHENTICATION_METHOD',
      reason: 'server offers no way of authentication that readywhen can do',
      hint: 'passwords by SCRAM-SHA-256, MD5 or in clear text, and client certificates',
      lasting: true,
    })
  }
  return new Failure({
    code: 'PROTOCOL',
    reason: `login failed: ${quoteForeign(said.replace(/^SASL: /, ''), facts.secrets)}`,
    lasting: true,
  })
}
