import type { User } from "./users.ts"

/** The login page: a form that works without JavaScript, one radio button for each user, grouped by tenant. */
export function loginPage(users: readonly User[], loginHint: string | undefined): string {
  const hinted = users.find((user) => user.id === loginHint || user.email === loginHint)
  const tenants = [...new Set(users.map((user) => user.tenant))]
  const groups = tenants.map((tenant) => {
    const members = users.filter((user) => user.tenant === tenant)
    return `<fieldset>
<legend>${escape(tenant.companyName)} <small>${escape(tenant.ctx)}</small></legend>
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
  return page(title, `<p>${escape(message)}</p>`)
}

function choice(user: User, checked: boolean): string {
  const remarks = [
    ...(user.isAdministrator ? ["administrator"] : []),
    ...(user.systemToken === undefined ? [] : ["has a system token"]),
  ]
  const input = `<input type="radio" name="user" value="${escape(user.id)}" required${checked ? " checked" : ""}>`
  return `<label>${input} ${escape(user.email)} <small>${remarks.join(", ")}</small></label>`
}

function page(title: string, content: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(title)}</title>
<style>${style}</style>
</head>
<body>
<main>
<h1>${escape(title)}</h1>
${content}
</main>
</body>
</html>
`
}

const style = `
body { margin: 0; background: #eef2f2; color: #1d2b2b; font: 16px/1.5 system-ui, sans-serif }
main { max-width: 26rem; margin: 10vh auto; padding: 1.5rem 2rem 2rem; background: #fff; border-radius: .5rem; box-shadow: 0 1px 4px #0003 }
h1 { margin: 0; font-size: 1.5rem }
fieldset { margin: 0 0 1rem; padding: .5rem 1rem; border: 1px solid #c3d0d0; border-radius: .25rem }
label { display: block; padding: .25rem 0 }
small { color: #5a6b6b }
button { width: 100%; padding: .6rem; border: 0; border-radius: .25rem; background: #0a5e58; color: #fff; font: inherit }
`

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;")
}
