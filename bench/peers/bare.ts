/** Does nothing: what Node itself costs. */
export const handler = (): Promise<object> => Promise.resolve({})
