// The table that the replaced endpoint rules would look into.
export const partitionsInfo = { partitions: [], version: "1.1" }
