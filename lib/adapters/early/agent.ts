import { Agent, type RequestOptions } from "node:https"
import { isIP } from "node:net"
import type { Duplex } from "node:stream"
import type { TLSSocket } from "node:tls"
import { isStale } from "../stale.ts"

/**
 * An agent that can open a connection ahead of the first request to a host. The handshakes then run while the program does
 * something else. A request takes such a connection once, and later ones as any that is kept alive.
 */
export class EarlyAgent extends Agent {
  readonly #opened = new Map<string, { readonly socket: TLSSocket; readonly at: number }>()

  /** Opens a connection to the host of this `https:` URL. If it fails, the first request makes its own. */
  open({ hostname, port }: URL): void {
    const host = hostname.replace(/^\[|\]$/g, "")
    const target = {
      ...this.options,
      host,
      port: Number(port || 443),
      servername: isIP(host) === 0 ? host : "",
    }
    const name = this.getName(target)
    if (this.#opened.has(name)) return
    const socket = super.createConnection(target) as TLSSocket
    socket.on("error", () => undefined)
    // Nobody may ever take it.
    socket.unref()
    this.#opened.set(name, { socket, at: Date.now() })
  }

  override createConnection(
    options: RequestOptions,
    callback?: (error: Error | null, socket: Duplex) => void,
  ): Duplex | null | undefined {
    const name = this.getName(options)
    const { socket, at = 0 } = this.#opened.get(name) ?? {}
    this.#opened.delete(name)
    if (socket && !socket.destroyed && !isStale(at)) return socket.ref()
    socket?.destroy()
    return super.createConnection(options, callback)
  }
}
