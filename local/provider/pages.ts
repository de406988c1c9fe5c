import { escapeHtml } from "../page/escape.ts"
import { htmlPage } from "../page/html.ts"
import type { User } from "./users.ts"

/** The login page: a form that works without JavaScript, one radio button for each user, grouped by tenant. */
export function loginPage(users: readonly User[], loginHint: string | undefined): string {
  const hinted = users.find((user) => user.id === loginHint || user.email === loginHint)
  const tenants = [...new Set(users.map((user) => user.tenant))]
  const groups = tenants.map((tenant) => {
    const members = users.filter((user) => user.tenant === tenant)
    return `<fieldset>
<legend>${escapeHtml(tenant.companyName)} <small>${escapeHtml(tenant.ctx)}</small></legend>
${members.map((user) => choice(user, user === hinted)).join("\n")}
</fieldset>`
  })
  return page(
    "Sign in",
    `<p>Local stand-in for SuperOffice. Choose a user; there is no password.</p>
<form method="post">
${groups.join("\n")}
<button type="submit">Sign in</button>
</form>`,
  )
}

/** A page with a message. */
export function messagePage(title: string, message: string): string {
  return page(title, `<p>${escapeHtml(message)}</p>`)
}

/** oidc-provider's page that posts its answer to the application, made anew to look like the others. */
export function formPostPage(html: string): string {
  const action = /action="[^"]*"/.exec(html)?.[0] ?? ""
  const fields = html.match(/<input type="hidden"[^>]*>/g) ?? []
  return page(
    "Signing in",
    `<form method="post" ${action}>
${fields.filter((field) => !field.includes('name="iss"')).join("\n")}
<p><button type="submit">Continue</button></p>
</form>
<script>document.forms[0].submit()</script>`,
  )
}

function choice(user: User, checked: boolean): string {
  const remarks = [
    ...(user.isAdministrator ? ["administrator"] : []),
    ...(user.systemToken === undefined ? [] : ["has a system token"]),
  ]
  const input = `<input type="radio" name="user" value="${escapeHtml(user.id)}" required${checked ? " checked" : ""}>`
  return `<label>${input} ${escapeHtml(user.email)} <small>${remarks.join(", ")}</small></label>`
}

function page(title: string, content: string): string {
  return htmlPage({
    title,
    head: `<link rel="icon" href="data:,">\n<style>${style}</style>`,
    body: `<main>\n<h1>${escapeHtml(title)}</h1>\n${content}\n</main>`,
  })
}

const style = `
:root { color-scheme: light dark; --page: #eef2f2; --card: #fff; --text: #1d2b2b; --soft: #556666; --line: #c3d0d0; --accent: #0a5e58; --on-accent: #fff }
@media (prefers-color-scheme: dark) {
  :root { --page: #0e1515; --card: #162020; --text: #e6eeee; --soft: #9db0b0; --line: #2c3a3a; --accent: #5fc9bf; --on-accent: #06201e }
}
* { box-sizing: border-box }
body { margin: 0; padding: 1rem; background: var(--page); color: var(--text); font: 16px/1.5 system-ui, sans-serif }
main { max-width: 26rem; margin: 8vh auto; padding: 1.5rem clamp(.75rem, 5vw, 2rem) 2rem; background: var(--card); border-radius: .5rem; box-shadow: 0 1px 4px #0003 }
h1 { margin: 0; font-size: 1.5rem }
p, label { overflow-wrap: anywhere }
fieldset { min-width: 0; margin: 0 0 1rem; padding: .5rem clamp(.5rem, 3vw, 1rem); border: 1px solid var(--line); border-radius: .25rem }
label { display: block; padding: .25rem 0 .25rem 1.6rem; text-indent: -1.6rem }
input { accent-color: var(--accent) }
small { color: var(--soft) }
button { width: 100%; padding: .6rem; border: 0; border-radius: .25rem; background: var(--accent); color: var(--on-accent); font: inherit }
`
