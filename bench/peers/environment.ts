/** Where SuperOffice stands; by the settings that the product reads too. */
const base = process.env.LOCAL_PROVIDER_URL ?? ""

export const issuer = `https://${process.env.SUPEROFFICE_ENVIRONMENT ?? ""}.superoffice.com`
export const tokenUrl = `${base}/login/common/oauth/tokens`
export const jwksUrl = `${base}/login/.well-known/jwks`
export const secretId = process.env.CLIENT_SECRET_ID ?? ""
