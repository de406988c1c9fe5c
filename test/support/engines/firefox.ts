import { firefox as playwright, type LaunchOptions } from "playwright-core"
import { inOwnFolder, type AllowedCookies, type Engine } from "./engine.ts"

const path = process.env.FIREFOX ?? "/usr/bin/firefox-esr"

/** Values of `network.cookie.cookieBehavior`. Firefox's own is 5: third-party cookies are kept for each site alone. */
const cookieBehavior: Record<AllowedCookies, number> = { all: 0, "first-party": 1, none: 2 }

const preferences = {
  // With a process for each site, a click of the driver does not reach a frame of another site.
  "fission.autostart": false,
  // The driver lets pages open windows at any time. Users' browsers do not.
  "dom.disable_open_during_load": true,
  // Sites that are not one, for tests that need siblings: no name is looked up.
  "network.dns.localDomains": ["app", "api", "evil"].map((name) => `${name}.example.com`).join(","),
}

/** By WebDriver BiDi, since Playwright's older way needs a Firefox of its own. 1.65 fails at this one's newContext. */
const options: LaunchOptions = {
  channel: "moz-firefox",
  executablePath: path,
  firefoxUserPrefs: preferences,
}

export const firefox: Engine = {
  name: "Firefox",
  programs: [path],
  packages: "firefox-esr",
  refusedFrame: /^about:neterror\?e=cspBlocked/,
  lacks: {
    "answers to be held": "WebDriver BiDi gives no answer's body before the page has it",
    "frames to be denied storage": "Firefox gives a frame a storage for each site that it is shown under",
  },
  partitionOf: () => ({}),
  launch: () => playwright.launch(options),
  launchWith: (cookies) =>
    inOwnFolder((folder) => {
      const firefoxUserPrefs = { ...preferences, "network.cookie.cookieBehavior": cookieBehavior[cookies] }
      const withCookies = { ...options, firefoxUserPrefs, ignoreHTTPSErrors: true }
      return playwright.launchPersistentContext(folder, withCookies)
    }),
}
