/** A target that holds a secret, in the parts that a configuration file can tell apart. */
export interface WrittenTarget {
  readonly base: string
  /** As they are; on a command line they are percent-encoded. */
  readonly options?: Readonly<Record<string, string>>
}

/** One way to give one kind of check a secret within its target. */
export interface SecretTarget {
  readonly title: string
  readonly kind: 'tcp' | 'http' | 'postgres' | 'redis'
  /** Between the two halves of the secret: characters that URLs, shells, JSON or a target itself take for their own. */
  readonly between: string
  /** `file` makes a file of that content and gives its path. */
  readonly write: (secret: string, port: number, file: (content: string) => string) => WrittenTarget
}

const NASTY = `/?#@:%"'\\&=+<>{} é$`
/** What may stand unencoded in the password of a URL, as Postgres and Redis users write it. */
const UNENCODED = '/:!$*~%'
const encode = encodeURIComponent
/** Makes a server's answer be quoted. */
const ECHO = { header: 'X-Echo:never' }

const http = (authority: string, rest = '', options = {}): WrittenTarget => ({
  base: `http://${authority}/${rest}`,
  options: { ...ECHO, ...options },
})

export const secretTargets: readonly SecretTarget[] = [
  {
    title: 'text to send',
    kind: 'tcp',
    between: NASTY.replace('\\', ''),
    write: (secret, port) => ({ base: `127.0.0.1:${port}`, options: { send: secret, expect: 'never' } }),
  },
  {
    title: 'password in the URL, unencoded',
    kind: 'http',
    between: `@:!$&'()*+,;=~%`,
    write: (secret, port) => http(`app:${secret}@127.0.0.1:${port}`),
  },
  {
    title: 'password in the URL, percent-encoded',
    kind: 'http',
    between: NASTY,
    write: (secret, port) => http(`app:${encode(secret)}@127.0.0.1:${port}`),
  },
  {
    title: 'token as the user of the URL',
    kind: 'http',
    between: NASTY.replace(':', ''),
    write: (secret, port) => http(`${encode(secret)}@127.0.0.1:${port}`),
  },
  {
    title: 'query parameter',
    kind: 'http',
    between: NASTY,
    write: (secret, port) => http(`127.0.0.1:${port}`, `ready?access_token=${encode(secret)}&x=y`),
  },
  {
    title: 'header Authorization',
    kind: 'http',
    between: NASTY,
    write: (secret, port) =>
      http(`127.0.0.1:${port}`, '', { 'request-header': `Authorization: Bearer ${secret}` }),
  },
  {
    title: 'header of a name of its own',
    kind: 'http',
    between: NASTY,
    write: (secret, port) => http(`127.0.0.1:${port}`, '', { 'request-header': `X-Api-Key:${secret}` }),
  },
  {
    title: 'cookie',
    kind: 'http',
    between: NASTY,
    write: (secret, port) => http(`127.0.0.1:${port}`, '', { 'request-header': `Cookie: session=${secret}` }),
  },
  {
    title: 'header from a file',
    kind: 'http',
    between: NASTY,
    write: (secret, port, file) =>
      http(`127.0.0.1:${port}`, '', { 'request-header': `X-Api-Key:@${file(`${secret}\n`)}` }),
  },
  {
    title: 'body',
    kind: 'http',
    between: NASTY,
    write: (secret, port) => http(`127.0.0.1:${port}`, '', { 'request-body': secret }),
  },
  {
    title: 'body from a file',
    kind: 'http',
    between: NASTY,
    write: (secret, port, file) => http(`127.0.0.1:${port}`, '', { 'request-body': `@${file(secret)}` }),
  },
  {
    title: 'password in the URL, unencoded',
    kind: 'postgres',
    between: `@${UNENCODED}`,
    write: (secret, port) => ({ base: `postgres://app:${secret}@127.0.0.1:${port}/app?sslmode=disable` }),
  },
  {
    title: 'password in the URL, percent-encoded',
    kind: 'postgres',
    between: NASTY,
    write: (secret, port) => ({
      base: `postgres://app:${encode(secret)}@127.0.0.1:${port}/app?sslmode=disable`,
    }),
  },
  {
    title: 'password as a parameter of the URL',
    kind: 'postgres',
    between: NASTY,
    write: (secret, port) => ({
      base: `postgres://app@127.0.0.1:${port}/app?password=${encode(secret)}&sslmode=disable`,
    }),
  },
  {
    title: 'password as key=value',
    kind: 'postgres',
    between: NASTY.replace('#', ''),
    write: (secret, port) => ({
      base: `host=127.0.0.1 port=${port} user=app password='${secret.replace(/['\\]/g, '\\$&')}' sslmode=disable`,
    }),
  },
  {
    title: 'password in the URL, unencoded',
    kind: 'redis',
    between: `@?${UNENCODED}`,
    write: (secret, port) => ({ base: `redis://:${secret}@127.0.0.1:${port}` }),
  },
  {
    title: 'password of a user in the URL, percent-encoded',
    kind: 'redis',
    between: NASTY,
    write: (secret, port) => ({ base: `redis://app:${encode(secret)}@127.0.0.1:${port}/2` }),
  },
  {
    title: 'password as a parameter of the URL',
    kind: 'redis',
    between: NASTY,
    write: (secret, port) => ({ base: `redis://127.0.0.1:${port}?password=${encode(secret)}` }),
  },
]

/** A target as the command line takes it. */
export function onOneLine({ base, options = {} }: WrittenTarget): string {
  const written = Object.entries(options).map(([name, value]) => `${name}=${encode(value)}`)
  return written.length === 0 ? base : `${base}#${written.join('&')}`
}
