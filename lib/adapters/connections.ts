import { Agent as HttpAgent } from "node:http"
import { Agent as HttpsAgent, type AgentOptions } from "node:https"
import type { Socket } from "node:net"
import { setImmediate as eventLoopTurn } from "node:timers/promises"

/** Kept-alive connections that are safe to use in an environment that may have been frozen since they were last used. */
export interface Connections {
  readonly http: HttpAgent
  readonly https: HttpsAgent
  /**
   * Makes sure that no request goes out on a connection that died meanwhile: lets the event loop see closes that have
   * already come, and drops what has been idle for more than 10 s by the wall clock, since timers stand still while an
   * environment is frozen.
   */
  closeStale(): Promise<void>
}

const maxIdleMs = 10_000

/** Makes the connections of one environment. `options` are for tests that bring their own certificates. */
export function createConnections(options: AgentOptions = {}): Connections {
  const idleSince = new WeakMap<Socket, number>()
  const http = new HttpAgent({ ...options, keepAlive: true })
  const https = new HttpsAgent({ ...options, keepAlive: true })
  for (const agent of [http, https]) {
    agent.on("free", (socket: Socket) => idleSince.set(socket, Date.now()))
  }
  return {
    http,
    https,
    async closeStale() {
      // The first turn may end without having polled for input; the second cannot.
      await eventLoopTurn()
      await eventLoopTurn()
      for (const socket of [http, https].flatMap(freeSockets)) {
        const idleMs = Date.now() - (idleSince.get(socket) ?? 0)
        if (idleMs > maxIdleMs || idleMs < 0) socket.destroy()
      }
    },
  }
}

function freeSockets(agent: HttpAgent): Socket[] {
  return Object.values(agent.freeSockets).flatMap((sockets) => sockets ?? [])
}
