import { describe, expect, it } from "vitest"
import { readOptions } from "../../local/options.ts"

describe("the options of npm start", () => {
  it("have defaults for a first try", () => {
    expect(readOptions([], {})).toEqual({
      once: false,
      port: 8787,
      origins: ["http://localhost:5173"],
      redirectUris: [],
      delivery: "cookie",
      https: false,
      example: "page",
      environment: undefined,
      builds: true,
    })
    expect(readOptions(["--help"], {})).toBeUndefined()
  })

  it("take several origins and redirect URIs, and another delivery", () => {
    const origins = ["https://a.example", "https://b.example"]
    const redirectUris = ["https://a.example/in", "http://localhost:4200/"]
    const args = [
      ...origins.flatMap((one) => ["--origin", one]),
      ...redirectUris.flatMap((one) => ["--redirect-uri", one]),
    ]
    const options = readOptions([...args, "--delivery", "sealed"], {})
    expect(options).toMatchObject({ origins, redirectUris, delivery: "sealed" })
  })

  it("expect the developer's page on https when the functions are, because cookies are of one scheme, and any port for the tour", () => {
    expect(readOptions(["--https"], {})?.origins).toEqual(["https://localhost:5173"])
    expect(readOptions(["--once"], {})?.port).toBe(0)
  })

  it.each([
    ["--origin http://app.example.com", "--origin must be exact origins"],
    ["--redirect-uri app:/callback", "--redirect-uri must be an absolute http: or https: URI"],
    ["--redirect-uri https://a.example/#b", "URI without fragment"],
    ["--environment prod", "--environment must be sod, qaonline or online: this one is called online"],
    ["--port 65535", "--port must be a number from 0 to 65534."],
    ["--port http", "--port must be a number from 0 to 65534."],
    ["--example vue", "--example must be page or react."],
    ["--once --https", "--once takes the tour, which uses http: leave out --https."],
    ["--once --environment sod", "leave out --environment."],
    ["--environment sod --redirect-uri https://a.example/in", "register the redirect URI at SuperOffice."],
    ["--deliveries cookie", "Unknown option '--deliveries'"],
    ["--delivery header --origin * --redirect-uri x", /^--delivery .*\n--origin .*\n--redirect-uri .*$/],
  ])("are refused with what is wrong: %s", (args, message) => {
    expect(() => readOptions(args.split(" "), {})).toThrow(message)
  })

  it("are refused if npm kept one of them for itself", () => {
    expect(() => readOptions([], { npm_config_redirect_uri: "x" })).toThrow(
      "npm kept --redirect-uri for itself",
    )
  })
})
