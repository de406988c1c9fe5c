/** A customer of SuperOffice: `ctx` is its context identifier, the tenant that tokens name. */
export interface SampleTenant {
  readonly ctx: string
  readonly companyName: string
  readonly serial: string
  readonly contacts: readonly Contact[]
}

/** A company in the tenant's database: some members of SuperOffice's `ContactEntity`. */
export interface Contact {
  readonly ContactId: number
  readonly Name: string
  readonly OrgNr: string
}

/** Someone who can be chosen on the login page. */
export interface User {
  /** Identifies a user in this provider. An e-mail does not, because the same one can occur in several tenants. */
  readonly id: string
  readonly tenant: SampleTenant
  readonly associateId: number
  readonly email: string
  readonly initials: string
  readonly isAdministrator: boolean
  /** Given to applications with the server-to-server option: a credential inside the id_token. */
  readonly systemToken: string | undefined
}

const devNet: SampleTenant = {
  ctx: "Cust12020",
  companyName: "Tony's Developer Network",
  serial: "1501178584",
  contacts: [
    { ContactId: 1, Name: "Tony's Developer Network", OrgNr: "923456783" },
    { ContactId: 2, Name: "Northern Lights Software", OrgNr: "912345678" },
  ],
}
const cycles: SampleTenant = {
  ctx: "Cust26759",
  companyName: "Fjord Cycles AS",
  serial: "1730265981",
  contacts: [
    { ContactId: 1, Name: "Fjord Cycles AS", OrgNr: "934567892" },
    { ContactId: 3, Name: "Harbour Bike Rental", OrgNr: "945678904" },
  ],
}

export const tenants: readonly SampleTenant[] = [devNet, cycles]

function sampleUser(
  tenant: SampleTenant,
  associateId: number,
  name: string,
  initials: string,
  { isAdministrator = false, systemToken = undefined as string | undefined } = {},
): User {
  const email = `${name}@example.com`
  return { id: `${tenant.ctx}/${name}`, tenant, associateId, email, initials, isAdministrator, systemToken }
}

/** The sample users: one e-mail is in both tenants, one user is an administrator, one has a system token. */
export const users: readonly User[] = [
  sampleUser(devNet, 5, "tony", "TY"),
  sampleUser(devNet, 2, "anna", "AB", { isAdministrator: true }),
  sampleUser(cycles, 14, "tony", "TY"),
  sampleUser(cycles, 8, "liv", "LH", { systemToken: "Token Exchange-8k8Q7DmBgo" }),
]

/** The user of that id; ids come from our own login page and records, so an unknown one is a bug. */
export function userById(id: string): User {
  const user = users.find((candidate) => candidate.id === id)
  if (!user) throw new Error("no sample user has this id")
  return user
}
