import { describe, expect, it } from "vitest"
import { exportCredentials, keptByNpm, shellWord } from "../../operator/shell.ts"

describe("a command for an operator to copy", () => {
  it.each([
    ["superoffice/sod", "superoffice/sod", "superoffice/sod"],
    // To PowerShell, an @ or a comma outside quotes is syntax.
    ["anna@example.com,b", "anna@example.com,b", "'anna@example.com,b'"],
    ["a profile", "'a profile'", "'a profile'"],
    ["$HOME; it's", "'$HOME; it'\\''s'", "'$HOME; it''s'"],
    ["", "''", "''"],
  ])("has %j as %s for a POSIX shell, and as %s for PowerShell", (word, posix, powerShell) => {
    expect([shellWord(word, "linux"), shellWord(word, "win32")]).toEqual([posix, powerShell])
  })

  it.each([
    ["darwin", 'eval "$(aws configure export-credentials --profile mfa --format env)"'],
    ["win32", "aws configure export-credentials --profile mfa --format powershell | Invoke-Expression"],
  ] as const)("sets credentials on %s", (platform, command) => {
    expect(exportCredentials(" --profile mfa", platform)).toBe(command)
  })

  // PowerShell leaves npm.cmd its --.
  it.each([
    ["linux", "because no -- stands before it. Run: npm run deploy -- --stage sod"],
    [
      "win32",
      "because no -- stands before it, or PowerShell took that away. Run: npm.cmd run deploy -- --stage sod",
    ],
  ] as const)("passes on what npm kept, on %s", (platform, said) => {
    expect(keptByNpm("stage", "deploy -- --stage sod", platform)).toBe(`npm kept --stage for itself, ${said}`)
  })
})
