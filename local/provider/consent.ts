/** Why SuperOffice refuses the application in a tenant, and the number that its pages show. */
export type ConsentError = "Revoked" | "Expired" | "NeedsReapproval"

/** The words of SuperOffice's AuthorizeErrorCode. */
export const consentErrors: Readonly<
  Record<ConsentError, { readonly number: number; readonly message: string }>
> = {
  Revoked: { number: 1, message: "Application's access to the tenant has been revoked" },
  Expired: { number: 3, message: "The application authorization on this tenant has expired" },
  NeedsReapproval: { number: 5, message: "Authorization needs to be re-approved" },
}
