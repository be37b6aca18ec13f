import { choiceOption, flagOption, nonEmpty, option } from '../plan/option.ts'
import { defineKind } from './kind.ts'
import { parseTarget } from './redis/target.ts'
import { tlsOptions } from './transport/tls.ts'

export default defineKind({
  placeholder: 'url',
  summary: 'PING answers',
  examples: [
    '--redis redis://cache',
    "--redis 'rediss://app:secret@cache/0#role=primary&ca=/tls/ca.crt'",
    "--redis 'unix:/run/redis.sock#key-exists=migrated'",
    "--redis 'redis://sentinel-0:26379,sentinel-1:26379#sentinel=main'",
  ],
  options: {
    role: choiceOption('the server has this role', ['primary', 'replica']),
    cluster: flagOption('the cluster serves all its slots (cluster_state:ok)'),
    sentinel: option({
      summary: 'the target is a list of sentinels: ask them for the primary of this name',
      placeholder: 'name',
      parse: nonEmpty,
    }),
    'key-exists': option({ summary: 'the key exists', placeholder: 'key', parse: nonEmpty }),
    ...tlsOptions,
  },
  hasCredentials: true,
  next: /[,;|\s]+(?:(?:rediss?|unix|redis[+-]\w+):\/\/|unix:)|#.*[,;|\s](?:[\w.-]+|\[[\w.:%]+\]):\d{1,5}(?!\w)/is,
  parse: parseTarget,
  async probe(target, attempt) {
    const { probeRedis } = await import('./redis/probe.ts')
    return probeRedis(target, attempt)
  },
})
