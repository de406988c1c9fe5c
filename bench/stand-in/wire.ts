import { once } from "node:events"
import type { Server } from "node:https"
import { createServer, type AddressInfo, type Socket } from "node:net"
import { Duplex } from "node:stream"

/** Where a server listens. */
export interface Listening {
  readonly port: number
  readonly close: () => void
}

/** Lets the server listen on a port of loopback, at the end of a long wire or of none. */
export async function listenOnLongWire(server: Server, oneWayMs: number): Promise<Listening> {
  const far = createServer({ noDelay: true }, (socket) =>
    server.emit("connection", stretch(socket, oneWayMs)),
  )
  const listening = (oneWayMs === 0 ? server : far).listen(0, "127.0.0.1")
  await once(listening, "listening")
  return {
    port: (listening.address() as AddressInfo).port,
    close: () => {
      listening.close()
      server.closeAllConnections()
    },
  }
}

/** The socket as if it were longer: every byte takes its time, in both directions. Handshakes pay for it too. */
function stretch(socket: Socket, oneWayMs: number): Duplex {
  const later = (run: () => void): void => void setTimeout(run, oneWayMs)
  const wire = new Duplex({
    read() {
      // Bytes are pushed as they come.
    },
    write(chunk: Buffer, _encoding, done) {
      later(() => socket.write(chunk))
      done()
    },
    final(done) {
      later(() => socket.end())
      done()
    },
    destroy(error, done) {
      socket.destroy()
      done(error)
    },
  })
  socket.on("data", (chunk) => {
    later(() => wire.push(chunk))
  })
  socket.on("end", () => {
    later(() => wire.push(null))
  })
  socket.on("close", () => {
    later(() => wire.destroy())
  })
  socket.on("error", () => undefined)
  return wire.on("error", () => undefined)
}
