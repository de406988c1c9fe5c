import type { Socket } from "node:net"
import { Duplex } from "node:stream"

/** The socket as if it were longer: every byte takes its time, in both directions. Handshakes pay for it too. */
export function stretch(socket: Socket, oneWayMs: number): Duplex {
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
