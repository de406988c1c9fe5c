import type { Frame, Locator, Page } from "playwright-core"
import { users } from "../../local/provider/users.ts"

// What a person does and sees, at the example page and at the provider's login page.

/** Presses a button. */
export async function press(view: Page | Frame | Locator, name: string): Promise<void> {
  await view.getByRole("button", { name, exact: true }).click()
}

/** Chooses on the login page, which is there already. */
export async function choose(tab: Page, user = "Cust12020/anna"): Promise<void> {
  await tab.locator(`input[value="${user}"]`).check()
  await press(tab, "Sign in")
}

/** Goes to the login page by the page's button. */
export async function leaveForLogin(tab: Page): Promise<void> {
  await press(tab, "Sign in with SuperOffice")
  await tab.waitForURL(/\/login\//)
}

/** Signs in from the page, which is signed out. */
export async function signIn(tab: Page, user = "Cust12020/anna"): Promise<void> {
  await leaveForLogin(tab)
  await choose(tab, user)
  await isSignedIn(tab, emailOf(user))
}

/** The e-mail address of a sample user, by which the page calls users whose names are not in the claims. */
export function emailOf(user: string): string {
  return users.find(({ id }) => id === user)?.email ?? user
}

/** Waits until the page shows the user. */
export async function isSignedIn(tab: Page | Frame, name = "anna@example.com"): Promise<void> {
  await tab.getByRole("heading", { name }).waitFor()
}

/** Waits until the page offers to sign in. */
export async function isSignedOut(tab: Page | Frame): Promise<void> {
  await tab.getByRole("button", { name: "Sign in with SuperOffice" }).waitFor()
}

/** The access token as the page shows it, shortened. */
export async function shownToken(tab: Page | Frame): Promise<string> {
  return await tab.locator("#token").innerText()
}

/** Refreshes by the page's button, and gives the token that is shown then. */
export async function refresh(tab: Page | Frame): Promise<string> {
  const before = await shownToken(tab)
  await press(tab, "Refresh now")
  await tab.locator("#token", { hasNotText: before }).waitFor()
  return await shownToken(tab)
}

/** What the page tells the user, with the code. */
export async function message(tab: Page | Frame): Promise<string> {
  const shown = tab.getByRole("alert")
  await shown.waitFor()
  return await shown.innerText()
}
