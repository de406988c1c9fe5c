/** How many users the stand-in has tokens for. */
export const userCount = 64

/** Whose ID Token comes for a grant: by the canary that it ends with. */
export function userOf(grant: string): number {
  return Number(/(\d+)$/.exec(grant)?.[1] ?? 0) % userCount
}
