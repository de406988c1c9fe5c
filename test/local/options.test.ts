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
  })

  it("take several origins and redirect URIs, and another delivery", () => {
    const args =
      "--origin https://a.example --origin https://b.example --delivery sealed --redirect-uri https://a.example/in"
    expect(readOptions([...args.split(" "), "--redirect-uri", "http://localhost:4200/"], {})).toMatchObject({
      origins: ["https://a.example", "https://b.example"],
      redirectUris: ["https://a.example/in", "http://localhost:4200/"],
      delivery: "sealed",
    })
  })

  it("expect the developer's own page on https when the functions are, because cookies are of one scheme", () => {
    expect(readOptions(["--https"], {})?.origins).toEqual(["https://localhost:5173"])
  })

  it("take any free port for the tour alone", () => {
    expect(readOptions(["--once"], {})?.port).toBe(0)
  })

  it.each([
    ["--delivery header", "--delivery must be cookie, partitioned or sealed"],
    ["--origin http://app.example.com", "--origin must be exact origins"],
    ["--redirect-uri /callback", "--redirect-uri must be an absolute http: or https: URI without fragment"],
    [
      "--redirect-uri app:/callback",
      "--redirect-uri must be an absolute http: or https: URI without fragment",
    ],
    [
      "--redirect-uri https://a.example/#b",
      "--redirect-uri must be an absolute http: or https: URI without fragment",
    ],
    ["--environment prod", "--environment must be sod, qaonline or online: this one is called online"],
    ["--port 65535", "--port must be a number from 0 to 65534."],
    ["--port http", "--port must be a number from 0 to 65534."],
    ["--example vue", "--example must be page or react."],
    ["--once --https", "--once takes the tour, which uses http: leave out --https."],
    ["--once --environment sod", "leave out --environment."],
    ["--environment sod --redirect-uri https://a.example/in", "register the redirect URI at SuperOffice."],
    ["--deliveries cookie", "Unknown option '--deliveries'"],
  ])("are refused with what is wrong: %s", (args, message) => {
    expect(() => readOptions(args.split(" "), {})).toThrow(message)
  })

  it("name every wrong one at once", () => {
    const args = ["--delivery", "header", "--origin", "*", "--redirect-uri", "x"]
    expect(() => readOptions(args, {})).toThrow(/^--delivery .*\n--origin .*\n--redirect-uri .*$/)
  })

  it.each([
    ["npm_config_port", "npm kept --port for itself"],
    ["npm_config_redirect_uri", "npm kept --redirect-uri for itself"],
  ])("are refused if npm kept one of them as %s", (name, message) => {
    expect(() => readOptions([], { [name]: "x" })).toThrow(message)
  })

  it("are none when only the usage was asked for", () => {
    expect(readOptions(["--help"], {})).toBeUndefined()
  })
})
