import type { JsonRecord } from "../support/journey.ts"

/** A browser that keeps the cookies of an API, whichever origin's page calls it. */
export function openCookieBrowser(apiUrl: string) {
  const jar = new Map<string, string>()
  return {
    jar,
    /** Posts as a page of the origin, with what a request needs that draws on a cookie. */
    post: async (origin: string, path: string, fields: object) => {
      const cookie = [...jar].map((pair) => pair.join("=")).join("; ")
      const headers = { origin, cookie, "content-type": "application/json", "x-csrf": "1" }
      const response = await fetch(apiUrl + path, { method: "POST", headers, body: JSON.stringify(fields) })
      for (const line of response.headers.getSetCookie()) {
        const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? []
        if (value === "") jar.delete(name)
        else jar.set(name, value)
      }
      return { status: response.status, body: (await response.json()) as JsonRecord }
    },
  }
}
