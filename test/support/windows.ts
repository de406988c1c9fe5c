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

/** Node adds these to the environment of every process there, even if it is given another. */
export const ownVariables: readonly string[] = isWindows
  ? [
      ...["HOMEDRIVE", "HOMEPATH", "LOGONSERVER", "SYSTEMDRIVE", "SYSTEMROOT", "TEMP", "USERDOMAIN"],
      ...["USERNAME", "USERPROFILE", "WINDIR"],
    ]
  : []
