import { choiceOption, nonEmpty, option } from '../plan/option.ts'
import { defineKind } from './kind.ts'
import { splitList } from './postgres/split-list.ts'
import { parseTarget } from './postgres/target.ts'
import { tlsOptions } from './transport/tls.ts'

export default defineKind({
  placeholder: 'url',
  summary: 'a login succeeds and SELECT 1 answers',
  examples: [
    '--postgres postgres://app@db/app',
    "--postgres 'host=db1,db2 dbname=app user=app target_session_attrs=read-write'",
    "--postgres 'postgres://app@db/app?sslmode=verify-full#table=users&role=primary'",
  ],
  options: {
    table: option({
      summary: 'the table exists (schema-qualified or on the search path)',
      placeholder: 'table',
      parse: nonEmpty,
    }),
    query: option({
      summary: 'the first column of the first row is true, a number other than 0, or not empty',
      placeholder: 'sql',
      parse: nonEmpty,
    }),
    role: choiceOption('whether the server is in recovery', ['primary', 'replica']),
    ...tlsOptions,
  },
  hasCredentials: true,
  // Behind options, key=value pairs are another target; one alone may be part of a query.
  next: /[,;|\s]+postgres(?:ql)?:\/\/|#.*[\s;](?:host|hostaddr|port|dbname|user|password)\s*=\s*\S+\s+(?:host|hostaddr|port|dbname|user|password)\s*=|#(?:(?!query=).)*[\s;](?:host|hostaddr|dbname|user|service)\s*=/is,
  splitList,
  parse: (text, options, context) => ({
    ...parseTarget(text, options, context),
    role: options.role,
    table: options.table,
    query: options.query,
  }),
  async probe(target, attempt) {
    const { probePostgres } = await import('./postgres/probe.ts')
    return probePostgres(target, attempt)
  },
})
