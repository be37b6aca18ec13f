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
  ['http', own('http.ts')],
  ['net', own('net.ts')],
  ['os', own('os.ts')],
  ['path', own('path.ts')],
  ['process', own('process.ts')],
  ['stream', own('stream.ts')],
  ['string_decoder', require.resolve('string_decoder/')],
  ['tls', own('tls.ts')],
  ['tty', own('tty.ts')],
  ['util', own('util.ts')],
  ['util/types', own('util-types.ts')],
])

/** Files of readable-stream that another file stands for: what is not used of it would cost every start. */
export const REPLACED_IN_STREAMS: ReadonlyMap<string, string> = new Map([
  ['ours/errors', own('stream-errors.ts')],
  ['ours/util', own('stream-checks.ts')],
  ['validators', own('stream-checks.ts')],
  ['add-abort-signal', own('stream-absent.ts')],
  ['duplexify', own('stream-absent.ts')],
  ['end-of-stream', own('stream-absent.ts')],
  ['from', own('stream-absent.ts')],
])

/** Packages that others ask for and that are not wanted, or that another file stands for. */
export const REPLACED: ReadonlyMap<string, string> = new Map([
  // readable-stream asks for these with a slash, so as not to get Node's own
  ['process/', own('process.ts')],
  ['string_decoder/', require.resolve('string_decoder/')],
  ['abort-controller', own('abort.ts')],
  // pg's other ways to a connection
  ['pg-native', own('absent.ts')],
  ['pg-cloudflare', own('absent.ts')],
])
