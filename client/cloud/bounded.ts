/** Far more than any answer of the functions. Without a bound, any server could fill the memory of the caller. */
export const maxAnswerBytes = 1024 * 1024

/** Reads a body to its end. Returns undefined, and closes the stream, if the body is longer than `maxAnswerBytes`. */
export async function readBounded(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of stream) {
    length += chunk.length
    // Leaving the loop closes the connection.
    if (length > maxAnswerBytes) return undefined
    chunks.push(chunk)
  }
  const bytes = new Uint8Array(length)
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.length
  }
  return bytes
}
