/** How long a command waits for a function: longer than the functions' own time-out. */
export const timeoutMs = 25_000
