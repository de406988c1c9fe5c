/** A way for a page to come to its access token, as a row of the table. */
export interface PageRow {
  readonly name: "product" | "oidc-client-ts" | "classic"
  readonly label: string
  /** Whether a reload gets a new access token from SuperOffice. Otherwise a server has remembered the last one. */
  readonly renews: boolean
  /** Whether the page may have more in web storage than the name of the tenant. */
  readonly storesSession: boolean
}

export const pageRows: readonly PageRow[] = [
  { name: "product", label: "this product with its helper", renews: true, storesSession: false },
  { name: "oidc-client-ts", label: "oidc-client-ts against `/token`", renews: true, storesSession: true },
  { name: "classic", label: "server-side session: openid-client", renews: false, storesSession: false },
]
