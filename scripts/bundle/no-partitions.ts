// Replaces the table of the endpoint rules, which are replaced too.
export const partitionsInfo = { partitions: [], version: "1.1" }
