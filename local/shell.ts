/** How commands are written for the shell of whoever reads them. */
export interface Shell {
  readonly npm: string
  /** Sets variables for the commands that follow. */
  set(variables: Readonly<Record<string, string>>): string
  /** Removes variables, which need not be there. */
  remove(...names: readonly string[]): string
  /** Posts as a page of that origin. A server's own certificate is given as a path. */
  postJson(url: string, origin: string, json: string, certificate?: string): string
  /** Posts a form that is signed with the key in the variables. */
  postSigned(url: string, region: string, form: string, certificate?: string): string
}

/** PowerShell on Windows, and a POSIX shell on every other system. */
export function shellOf(platform: NodeJS.Platform = process.platform): Shell {
  return platform === "win32" ? powerShell : posixShell
}

const posixShell: Shell = {
  npm: "npm",
  set: (variables) =>
    `export ${assignments(variables, ([name, value]) => `${name}=${quoted(value)}`).join(" ")}`,
  remove: (...names) => `unset ${names.join(" ")}`,
  postJson: (url, origin, json, certificate) =>
    `curl ${url}${trusting(certificate)} -H 'Origin: ${origin}' -H 'Content-Type: application/json' \\\n    -d '${json}'`,
  postSigned: (url, region, form, certificate) =>
    `curl ${url}${trusting(certificate)} --aws-sigv4 'aws:amz:${region}:execute-api' \\\n` +
    `    --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" -d '${form}'`,
}

const powerShell: Shell = {
  // PowerShell takes `--` away before older versions of npm.ps1 see it, and may forbid that script. It leaves npm.cmd alone.
  npm: "npm.cmd",
  set: (variables) => assignments(variables, ([name, value]) => `$env:${name} = "${value}"`).join("; "),
  remove: (...names) => `Remove-Item -ErrorAction Ignore ${names.map((name) => `Env:${name}`).join(", ")}`,
  // It has no option for a certificate, which must be trusted before.
  // Windows PowerShell takes the quotes out of JSON that it passes to a program such as curl.exe.
  postJson: (url, origin, json) =>
    `Invoke-RestMethod ${url} -Method Post -Headers @{ Origin = '${origin}' } \`\n` +
    `    -ContentType application/json -Body '${json}'`,
  // Without its ending, curl is an alias of Invoke-WebRequest in Windows PowerShell.
  postSigned: (url, region, form, certificate) =>
    `curl.exe ${url}${trusting(certificate, '"')} --aws-sigv4 'aws:amz:${region}:execute-api' \`\n` +
    `    --user "\${env:AWS_ACCESS_KEY_ID}:\${env:AWS_SECRET_ACCESS_KEY}" -d '${form}'`,
}

function assignments(
  variables: Readonly<Record<string, string>>,
  write: (entry: [name: string, value: string]) => string,
): string[] {
  return Object.entries(variables).map(write)
}

function trusting(certificate: string | undefined, quote?: string): string {
  if (certificate === undefined) return ""
  return ` --cacert ${quote === undefined ? quoted(certificate) : quote + certificate + quote}`
}

/** In a POSIX shell, in quotes if it needs them. */
function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}
