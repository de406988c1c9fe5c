/*
 * Commands for an operator to copy. On Windows they are written for PowerShell, elsewhere for a POSIX shell.
 */

/** A word of a command line. */
export function shellWord(word: string, platform = process.platform): string {
  const [plain, quote] = platform === "win32" ? [/^[\w%+=:./-]+$/, "''"] : [/^[\w@%+=:,./-]+$/, "'\\''"]
  return plain.test(word) ? word : `'${word.replaceAll("'", quote)}'`
}

/** Sets the AWS CLI's credentials as variables, for the commands that follow. */
export function exportCredentials(profileOption: string, platform = process.platform): string {
  const command = `aws configure export-credentials${profileOption}`
  return platform === "win32"
    ? `${command} --format powershell | Invoke-Expression`
    : `eval "$(${command} --format env)"`
}

/** Says that npm took an option, and gives the command that passes it on. */
export function keptByNpm(option: string, command: string, platform = process.platform): string {
  const [why, npm] =
    platform === "win32"
      ? ["because no -- stands before it, or PowerShell took that away", "npm.cmd"]
      : ["because no -- stands before it", "npm"]
  return `npm kept --${option} for itself, ${why}. Run: ${npm} run ${command}`
}
