/** Latin-1, much of it by the host's UTF-8: where all is ASCII both are the same. */
import { host } from './host.ts'

function latin1(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += 4096) {
    // not spread: that takes QuickJS five times as long
    text += String.fromCharCode.apply(null, bytes.subarray(at, at + 4096) as unknown as number[])
  }
  return text
}

/** Bytes as characters of the same number. */
export function decodeLatin1(bytes: Uint8Array): string {
  const text = host.utf8Decode(bytes)
  // a byte that is not ASCII becomes part of a longer character, or U+FFFD
  return text.length === bytes.length && !text.includes('\ufffd') ? text : latin1(bytes)
}
