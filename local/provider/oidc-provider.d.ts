/**
 * The package's index warns on every start under a Node older than 22 and otherwise only exports this file, which runs
 * well on 20. To be replaced by the plain import once this project needs Node 22.
 */
declare module "oidc-provider/lib/provider.js" {
  export { Provider } from "oidc-provider"
}
