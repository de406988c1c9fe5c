import { createSecretKey } from "node:crypto"
import { credentials } from "../support/front-door.ts"

export const oldKey = credentials.sealingKeys.slice(0, 1)
export const newKey = [{ kid: "k2", key: createSecretKey(Buffer.alloc(32, 8)) }]
