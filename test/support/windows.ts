/*
 * What Windows lacks, each by its name. A test that needs one is skipped there, and stands as skipped in the report.
 */

const isWindows = process.platform === "win32"

/** SIGTERM and SIGHUP that a process can catch, and SIGSTOP: there every signal ends it. */
export const lacksSignals = isWindows

/** Permissions of owner, group and others. */
export const lacksFileModes = isWindows

/** `sh`, in the place where a program would look for it. */
export const lacksPosixShell = isWindows

/** Leaves out the variables that Node gives to every process there, even to one with an environment of its own. */
export function withoutOwnVariables(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const entries = Object.entries(environment).filter(([name]) => !ownVariables.test(name))
  return isWindows ? Object.fromEntries(entries) : environment
}

const ownVariables =
  /^(HOMEDRIVE|HOMEPATH|LOGONSERVER|SYSTEMDRIVE|SYSTEMROOT|TEMP|USERDOMAIN|USERNAME|USERPROFILE|WINDIR)$/i
