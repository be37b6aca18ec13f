/** A stream between two named ends. */

import { Duplex } from './duplex.ts'
import type { Ends } from './host.ts'
import { isIP } from './ip.ts'

export abstract class StreamWithEnds extends Duplex {
  /** Known once the connection stands, and after it too. */
  protected ends: Ends | undefined

  get remoteAddress(): string | undefined {
    return this.ends?.remoteAddress || undefined
  }

  get remotePort(): number | undefined {
    return this.ends?.remotePort || undefined
  }

  get remoteFamily(): string | undefined {
    return this.remoteAddress === undefined ? undefined : `IPv${isIP(this.remoteAddress)}`
  }

  get localAddress(): string | undefined {
    return this.ends?.localAddress || undefined
  }

  get localPort(): number | undefined {
    return this.ends?.localPort || undefined
  }
}
