import { useEffect, useRef, useTransition, type ReactNode, type Ref } from "react"
import type { Session } from "superoffice-token-exchange/browser"
import { messageFor } from "../page/messages.ts"
import { isPanel } from "./superOffice.ts"
import { useSession } from "./use-session.ts"

export function App() {
  const { state, session, signIn, signOut } = useSession()
  const title = useRef<HTMLHeadingElement>(null)
  const before = useRef(state)
  useEffect(() => {
    // The button that had the keyboard focus is gone.
    if (before.current !== "waiting" && before.current !== state) title.current?.focus()
    before.current = state
  }, [state])

  return (
    <>
      <header>
        <img src="/icon.svg" alt="" width="36" height="36" />
        <p>Example app in React</p>
        {session && (
          <>
            <Button action={() => signIn()} isQuiet>
              Another tenant
            </Button>
            <Button action={signOut} isQuiet>
              Sign out
            </Button>
          </>
        )}
      </header>
      <main>
        <Message />
        {state === "waiting" && (
          <div id="waiting" role="status">
            <h1>Looking for your session…</h1>
          </div>
        )}
        {state === "signed-out" && <SignIn title={title} />}
        {session && <User session={session} title={title} />}
      </main>
    </>
  )
}

function SignIn({ title }: { title: Ref<HTMLHeadingElement> }) {
  const { signIn } = useSession()
  return (
    <section aria-labelledby="title" className="card narrow">
      <h1 id="title" ref={title} tabIndex={-1}>
        Sign in
      </h1>
      <p>
        Use your SuperOffice account at SuperOffice's own login page. This application never sees your
        password.
      </p>
      <Button action={() => signIn()}>Sign in with SuperOffice</Button>
    </section>
  )
}

function User({ session, title }: { session: Session; title: Ref<HTMLHeadingElement> }) {
  const { getAccessToken } = useSession()
  const { claims, access_token: token } = session
  const fullName = [claims.firstname, claims.lastname].filter(Boolean).join(" ")
  return (
    <div id="signed-in">
      <section aria-labelledby="title" className="card">
        <h1 id="title" ref={title} tabIndex={-1}>
          {fullName === "" ? (claims.email ?? claims.sub) : fullName}
        </h1>
        <dl className="columns">
          <div>
            <dt>Tenant</dt>
            <dd>
              <strong id="tenant-ctx">{claims.ctx}</strong>
            </dd>
          </div>
          <div>
            <dt>Company</dt>
            <dd>{claims.company_name ?? "Not in the claims"}</dd>
          </div>
        </dl>
      </section>
      <section aria-labelledby="token-title" className="card">
        <h2 id="token-title">Access token</h2>
        <p className="token">
          {/* The two ends of it are enough to see that it has changed. */}
          <code id="token">{`${token.slice(0, 22)}…${token.slice(-6)}`}</code>
        </p>
        <p className="row">
          <Button action={() => getAccessToken({ refresh: true })}>Refresh now</Button>
          <span role="status" className="small">
            Expires at {new Date(session.expires_at * 1000).toLocaleTimeString()}
          </span>
        </p>
        <p className="small note">In this tab's memory only. Reload the page: you stay signed in.</p>
      </section>
    </div>
  )
}

function Message() {
  const { session, error, endedIn, endSessionUrl, signIn, getAccessToken } = useSession()
  if (!error && !endedIn) return null
  return (
    <div id="message" role="alert" className={endedIn === "this tab" ? "good" : ""}>
      {endedIn === "this tab" && <p>You are signed out here.</p>}
      {endedIn === "another tab" && <p>Your session has ended in another tab.</p>}
      {error && (
        <>
          <p>{messageFor(error.code)}</p>
          <p className="small">
            Code: {error.code}
            {error.requestId && `, request ${error.requestId}`}
          </p>
        </>
      )}
      <p id="message-actions">
        {error?.retryable && (
          <Button action={() => getAccessToken()} isQuiet>
            Try again
          </Button>
        )}
        {session && error?.code === "grant_rejected" && (
          <Button action={() => signIn()} isQuiet>
            Sign in with SuperOffice
          </Button>
        )}
        {endSessionUrl && (
          // A frame cannot show SuperOffice's own page.
          <a href={endSessionUrl} target={isPanel ? "_blank" : undefined} rel="noopener">
            Sign out at SuperOffice, too
          </a>
        )}
      </p>
    </div>
  )
}

interface ButtonProps {
  readonly action: () => Promise<unknown>
  readonly isQuiet?: boolean
  readonly children: ReactNode
}

/** Does nothing while its action runs. Uses `aria-disabled`, because a `disabled` button would lose the keyboard focus. */
function Button({ action, isQuiet = false, children }: ButtonProps) {
  const [isBusy, start] = useTransition()
  const onClick = (): void => {
    if (isBusy) return
    start(async () => {
      await action()
    })
  }
  return (
    <button type="button" className={isQuiet ? "quiet" : ""} aria-disabled={isBusy} onClick={onClick}>
      {children}
    </button>
  )
}
