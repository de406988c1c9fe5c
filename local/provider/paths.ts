/** Paths of SuperOffice's login service, and of the page that this provider adds. */
export const paths = {
  discovery: "/login/.well-known/openid-configuration",
  keySet: "/login/.well-known/jwks",
  authorize: "/login/common/oauth/authorize",
  token: "/login/common/oauth/tokens",
  revoke: "/login/common/oauth/revoke",
  logout: "/login/logout",
  /** Ours: the page that asks for the user, followed by the id of the sign-in. */
  signIn: "/login/sign-in",
} as const
