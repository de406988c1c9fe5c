const memory = new Map<string, string>()

/** Reads what this tab was told to remember; undefined when that is nothing. */
export function recall(key: string): string | undefined {
  try {
    return sessionStorage.getItem(key) ?? undefined
  } catch {
    return memory.get(key)
  }
}

/**
 * Keeps a value in sessionStorage, or lets it go. Chromium denies a frame all storage where third-party cookies are
 * blocked, though it gives it partitioned ones: there memory has to do, which is enough for a pop-up.
 */
export function remember(key: string, value?: string): void {
  try {
    if (value) sessionStorage.setItem(key, value)
    else sessionStorage.removeItem(key)
  } catch {
    if (value) memory.set(key, value)
    else memory.delete(key)
  }
}
