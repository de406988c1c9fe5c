/* global document, fetch, history, location, oidc, window, Response -- a page for browsers, with the library's bundle */

const config = await (await fetch("/config.json")).json()
if (config.takesClaimsOfToken) takeClaimsOfToken(config.settings.metadata.token_endpoint)

const manager = new oidc.UserManager(config.settings)
manager.events.addUserLoaded((user) => show("user", user))
manager.events.addSilentRenewError((error) => show("error", error))

on("sign-in", () => {
  const nonce = crypto.randomUUID()
  return manager.signinRedirect({ nonce, extraTokenParams: { nonce: config.nonceForToken ?? nonce } })
})
on("renew", async () => {
  const user = await manager.getUser()
  if (config.refreshToken)
    await manager.storeUser(Object.assign(user, { refresh_token: config.refreshToken }))
  return manager.signinSilent()
})

if (location.pathname === "/callback") {
  await attempt(() => manager.signinRedirectCallback())
  history.replaceState({}, "", "/")
}

/** The library has no hook for its requests, so this one is the page's. */
function takeClaimsOfToken(tokenEndpoint) {
  const ask = window.fetch
  window.fetch = async (url, init) => {
    const answer = await ask(url, init)
    if (url !== tokenEndpoint || !answer.ok) return answer
    const body = await answer.json()
    return Response.json({ ...body, id_token: undefined, scope: "", profile: body.claims })
  }
}

function on(id, action) {
  document.getElementById(id).onclick = () => attempt(action)
}

async function attempt(action) {
  try {
    await action()
  } catch (error) {
    show("error", error)
  }
}

function show(id, value) {
  const shown =
    value instanceof Error ? { name: value.name, message: value.message, error: value.error } : value
  document.getElementById(id).textContent = JSON.stringify(shown)
}
