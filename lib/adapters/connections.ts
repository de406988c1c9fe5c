import { Agent as HttpAgent } from "node:http"
import type { Agent as HttpsAgent, AgentOptions } from "node:https"
import type { Socket } from "node:net"
import { setImmediate as eventLoopTurn } from "node:timers/promises"
import { EarlyAgent } from "./early/agent.ts"
import { isStale } from "./stale.ts"

/** Kept-alive connections that are safe to use in an environment that may have been frozen since they were last used. */
export interface Connections {
  readonly http: HttpAgent
  readonly https: HttpsAgent
  /** Opens a connection ahead of the first request to the host of this URL. Over plain HTTP there is nothing to gain. */
  open(url: string): void
  /**
   * Closes stale connections, so that no request goes out on a dead one: lets the event loop see the closes that have
   * arrived, and closes what was idle for more than 10 s by the wall clock. While an environment is frozen, timers do not
   * run and closed connections go unnoticed.
   */
  closeStale(): Promise<void>
}

/** Makes the connections of one environment. `options` are for tests that bring their own certificates. */
export function createConnections(options: AgentOptions = {}): Connections {
  const idleSince = new WeakMap<Socket, number>()
  const http = new HttpAgent({ ...options, keepAlive: true })
  const https = new EarlyAgent({ ...options, keepAlive: true })
  for (const agent of [http, https]) {
    agent.on("free", (socket: Socket) => idleSince.set(socket, Date.now()))
  }
  return {
    http,
    https,
    open(url) {
      if (url.startsWith("https:") && URL.canParse(url)) https.open(new URL(url))
    },
    async closeStale() {
      // Two turns, because only after the second has the socket's close event certainly been seen.
      await eventLoopTurn()
      await eventLoopTurn()
      for (const socket of [http, https].flatMap(freeSockets)) {
        if (isStale(idleSince.get(socket) ?? 0)) socket.destroy()
      }
    },
  }
}

function freeSockets(agent: HttpAgent): Socket[] {
  return Object.values(agent.freeSockets).flatMap((sockets) => sockets ?? [])
}
