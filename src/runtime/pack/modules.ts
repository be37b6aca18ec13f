/** Which file stands for which module of Node in the binary; the same names are the runtime's whole surface. */
import { createRequire } from 'node:module'
import { join } from 'node:path'

const require = createRequire(import.meta.url)
const NODE = join(import.meta.dirname, '../node')

const own = (file: string): string => join(NODE, file)

/** Node's modules, without `node:`, with the file that stands for each. */
export const NODE_MODULES: ReadonlyMap<string, string> = new Map([
  ['assert', own('assert.ts')],
  ['buffer', own('buffer.ts')],
  ['child_process', own('child_process.ts')],
  ['crypto', own('crypto.ts')],
  ['dgram', own('dgram.ts')],
  ['diagnostics_channel', own('diagnostics_channel.ts')],
  ['dns', own('dns.ts')],
  ['events', require.resolve('events/')],
  ['fs', own('fs.ts')],
  ['net', own('net.ts')],
  ['os', own('os.ts')],
  ['path', own('path.ts')],
  ['process', own('process.ts')],
  ['stream', own('stream.ts')],
  ['tls', own('tls.ts')],
  ['tty', own('tty.ts')],
  ['util', own('util.ts')],
  ['util/types', own('util-types.ts')],
])

/** Packages that others ask for and that are not wanted, or that another file stands for. */
export const REPLACED: ReadonlyMap<string, string> = new Map([
  // pg's other ways to a connection
  ['pg-native', own('absent.ts')],
  ['pg-cloudflare', own('absent.ts')],
  // it listens to the application's DEBUG, and prints what it sees
  ['debug', own('silent.ts')],
  // readywhen finds passwords itself
  ['pgpass', own('absent.ts')],
])
