/** Used where the browser denies sessionStorage. */
const memory: Record<string, string | undefined> = {}

/** Reads a value that this tab stored. */
export function readItem(key: string): string | undefined {
  try {
    return sessionStorage.getItem(key) ?? undefined
  } catch {
    return memory[key]
  }
}

/**
 * Stores a value in sessionStorage, or removes it if there is none. Where third-party cookies are blocked, Chromium denies a
 * frame sessionStorage but not partitioned cookies. There the value is kept in memory, which is enough for a pop-up.
 */
export function storeItem(key: string, value?: string): void {
  try {
    if (value) sessionStorage.setItem(key, value)
    else sessionStorage.removeItem(key)
  } catch {
    memory[key] = value
  }
}
