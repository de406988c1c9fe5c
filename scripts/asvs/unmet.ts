/** Requirements of level 1 and 2 that the service does not meet, or only in part, and what an auditor should know of each. */
export const unmet: Readonly<Record<string, string>> = {
  "2.4.1":
    "The limit is of each route, not of each caller: HTTP APIs have no other ([a firewall](deployment.md#a-firewall)).",
  "3.4.3":
    "The policy is `default-src 'none'; frame-ancestors 'none'`. It does not name `base-uri`, because an answer is never a document.",
  "7.3.1": "A session has no end by inactivity, only its absolute one.",
  "7.4.5":
    "The operator ends every session at once. One user's ends by signing out, or by the tenant's administrator at SuperOffice.",
  "10.1.1":
    "A page holds its access token, because it calls SuperOffice's API itself. The refresh token never reaches it.",
  "11.2.2":
    "An algorithm is replaced by another version of the code. Of the keys, each can be replaced while the functions run.",
  "11.2.3":
    "RSA keys of 2048 bits count as 112 bits. SuperOffice and we sign with such a key, and the functions take nothing shorter.",
  "12.1.1": "Without `domainName`, the versions of TLS are those of API Gateway's own address.",
  "15.1.1": "The operator says how soon a known fault of a package must be corrected.",
  "16.4.2": "Who may read and change the logs is decided by the IAM policies of the AWS account.",
  "16.4.3": "The logs stay in the account of the functions unless you send them elsewhere.",
}
