import type { Adapter, AdapterFactory, AdapterPayload, ClientMetadata } from "oidc-provider"

/**
 * Keeps oidc-provider's records in memory until the process ends, and never removes expired ones.
 *
 * Two kinds are special. The client is read each time, so that a replaced secret takes effect at once. Sessions are
 * not kept: SuperOffice may remember a browser, but here every sign-in shows the login page, so that a developer can
 * change users without signing out.
 */
export function memoryStore(client: () => ClientMetadata): AdapterFactory {
  return (kind) => {
    if (kind === "Client") return { ...emptyAdapter, find: (id) => Promise.resolve(only(client(), id)) }
    if (kind === "Session") return emptyAdapter
    return memoryAdapter()
  }
}

function only(client: ClientMetadata, id: string): ClientMetadata | undefined {
  return client.client_id === id ? client : undefined
}

function memoryAdapter(): Adapter {
  const records = new Map<string, AdapterPayload>()
  return {
    ...emptyAdapter,
    find: (id) => Promise.resolve(records.get(id)),
    upsert: (id, record) => {
      records.set(id, record)
      return Promise.resolve()
    },
    consume: (id) => {
      const record = records.get(id)
      if (record) record.consumed = Math.floor(Date.now() / 1000)
      return Promise.resolve()
    },
    destroy: (id) => {
      records.delete(id)
      return Promise.resolve()
    },
    revokeByGrantId: (grantId) => {
      for (const [id, record] of records) if (record.grantId === grantId) records.delete(id)
      return Promise.resolve()
    },
  }
}

const emptyAdapter: Adapter = {
  find: () => Promise.resolve(undefined),
  findByUid: () => Promise.resolve(undefined),
  findByUserCode: () => Promise.resolve(undefined),
  upsert: () => Promise.resolve(),
  consume: () => Promise.resolve(),
  destroy: () => Promise.resolve(),
  revokeByGrantId: () => Promise.resolve(),
}
