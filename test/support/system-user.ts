import { generateKeyPairSync } from "node:crypto"
import { rsaKeyValue } from "./rsa-key-value.ts"

const applicationKey = generateKeyPairSync("rsa", { modulusLength: 2048 })

/** The application's RSA key, as its secret holds it. */
export const privateKeyPem = applicationKey.privateKey.export({ type: "pkcs8", format: "pem" }).toString()

/** The same key, as SuperOffice's portal gives it. */
export const privateKeyXml = rsaKeyValue(applicationKey.privateKey)

/** What the local provider takes for the system user of a tenant. */
export const systemUser = { tenant: "Cust26759", system_token: "Token Exchange-8k8Q7DmBgo" }

export const privateKeySecretId = "superoffice/private-key"
