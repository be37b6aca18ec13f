/**
 * All that the runtime must have of Node, by module: the names that the program itself uses, and the packages that use
 * the module in ways of their own. `test/runtime/surface.test.ts` holds this list true in both directions.
 */
export interface Use {
  readonly names: readonly string[]
  readonly packages: readonly string[]
}

export const SURFACE: Readonly<Record<string, Use>> = {
  assert: {
    names: [],
    packages: ['redis-errors'],
  },
  buffer: {
    names: [],
    packages: ['ioredis', 'yaml'],
  },
  child_process: {
    names: [],
    packages: ['commander'],
  },
  crypto: {
    names: ['X509Certificate', 'createPrivateKey', 'randomBytes'],
    packages: ['ioredis', 'pg'],
  },
  dgram: {
    names: ['createSocket'],
    packages: [],
  },
  diagnostics_channel: {
    names: [],
    packages: ['ioredis'],
  },
  dns: {
    names: [],
    packages: ['ioredis', 'pg'],
  },
  events: {
    names: ['EventEmitter'],
    packages: ['commander', 'ioredis', 'pg'],
  },
  fs: {
    names: [
      'accessSync',
      'chmodSync',
      'closeSync',
      'constants',
      'copyFileSync',
      'openSync',
      'readFileSync',
      'readSync',
      'renameSync',
      'statSync',
      'unlinkSync',
      'writeFileSync',
      'writeSync',
    ],
    packages: ['commander', 'pg-connection-string'],
  },
  net: {
    names: ['connect', 'isIP', 'isIPv6'],
    packages: ['ioredis', 'pg'],
  },
  os: {
    names: ['hostname'],
    packages: [],
  },
  path: {
    names: ['basename', 'dirname', 'join'],
    packages: ['commander'],
  },
  process: {
    names: [
      'argv',
      'env',
      'execPath',
      'execve',
      'exit',
      'off',
      'on',
      'pid',
      'release',
      'stderr',
      'threadCpuUsage',
    ],
    packages: ['commander', 'yaml'],
  },
  stream: {
    names: [],
    packages: ['ioredis'],
  },
  tls: {
    names: ['TLSSocket', 'connect'],
    packages: ['ioredis', 'pg'],
  },
  tty: {
    names: ['isatty'],
    packages: ['debug'],
  },
  util: {
    names: [],
    packages: ['commander', 'debug', 'ioredis', 'pg', 'redis-errors'],
  },
  'util/types': {
    names: [],
    packages: ['pg'],
  },
}
