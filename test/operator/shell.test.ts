import { describe, expect, it } from "vitest"
import { exportCredentials, keptByNpm, shellWord } from "../../operator/shell.ts"

describe("a command for a POSIX shell", () => {
  it.each([
    ["superoffice/sod", "superoffice/sod"],
    ["anna@example.com,b", "anna@example.com,b"],
    ["a profile", "'a profile'"],
    ["$HOME; it's", "'$HOME; it'\\''s'"],
    ["", "''"],
  ])("has %j as %s", (word, written) => {
    expect(shellWord(word, "linux")).toBe(written)
  })

  it("sets credentials", () => {
    expect(exportCredentials(" --profile mfa", "darwin")).toBe(
      'eval "$(aws configure export-credentials --profile mfa --format env)"',
    )
  })

  it("passes on what npm kept", () => {
    expect(keptByNpm("stage", "deploy -- --stage sod", "linux")).toBe(
      "npm kept --stage for itself, because no -- stands before it. Run: npm run deploy -- --stage sod",
    )
  })
})

describe("a command for PowerShell", () => {
  it.each([
    ["superoffice/sod", "superoffice/sod"],
    // To PowerShell, an @ or a comma outside quotes is syntax.
    ["anna@example.com,b", "'anna@example.com,b'"],
    ["a profile", "'a profile'"],
    ["$HOME; it's", "'$HOME; it''s'"],
    ["", "''"],
  ])("has %j as %s", (word, written) => {
    expect(shellWord(word, "win32")).toBe(written)
  })

  it("sets credentials", () => {
    expect(exportCredentials(" --profile mfa", "win32")).toBe(
      "aws configure export-credentials --profile mfa --format powershell | Invoke-Expression",
    )
  })

  it("passes on what npm kept, through npm.cmd, which PowerShell leaves its --", () => {
    expect(keptByNpm("stage", "deploy -- --stage sod", "win32")).toBe(
      "npm kept --stage for itself, because no -- stands before it, or PowerShell took that away. " +
        "Run: npm.cmd run deploy -- --stage sod",
    )
  })
})
