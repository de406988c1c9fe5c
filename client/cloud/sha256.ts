/**
 * The hash that `@smithy/signature-v4` needs, implemented with Web Crypto: SHA-256, or HMAC-SHA-256 if there is a secret.
 */
export class Sha256 {
  readonly #secret: Uint8Array<ArrayBuffer> | undefined
  #data = new Uint8Array()

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#secret = secret === undefined ? undefined : bytesOf(secret)
  }

  update(chunk: string | ArrayBuffer | ArrayBufferView): void {
    const next = bytesOf(chunk)
    const joined = new Uint8Array(this.#data.length + next.length)
    joined.set(this.#data)
    joined.set(next, this.#data.length)
    this.#data = joined
  }

  async digest(): Promise<Uint8Array> {
    const { subtle } = crypto
    if (this.#secret === undefined) return new Uint8Array(await subtle.digest("SHA-256", this.#data))
    const algorithm = { name: "HMAC", hash: "SHA-256" }
    const key = await subtle.importKey("raw", this.#secret, algorithm, false, ["sign"])
    return new Uint8Array(await subtle.sign("HMAC", key, this.#data))
  }

  reset(): void {
    this.#data = new Uint8Array()
  }
}

function bytesOf(data: string | ArrayBuffer | ArrayBufferView): Uint8Array<ArrayBuffer> {
  if (typeof data === "string") return new TextEncoder().encode(data)
  if (data instanceof ArrayBuffer) return new Uint8Array(data)
  return new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength)
}
