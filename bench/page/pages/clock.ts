/** Milliseconds since 1970, the same in each document. */
export const now = (): number => performance.timeOrigin + performance.now()

/** When this page's script began. The first import of each script, because others take their time. */
export const scriptStartedAt = now()
