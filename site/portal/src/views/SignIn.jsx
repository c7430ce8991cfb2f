/** Asks for username and password and hands on an open session. */
import { useEffect, useRef, useState } from 'preact/hooks'
import { signIn } from '../api.js'

export function SignIn({ onSignedIn }) {
  const [problem, setProblem] = useState(null)
  const [busy, setBusy] = useState(false)
  const first = useRef()
  const password = useRef()
  useEffect(() => first.current.focus(), [])

  async function submit(event) {
    event.preventDefault()
    const fields = new FormData(event.currentTarget)
    setBusy(true)
    setProblem(null)
    try {
      await onSignedIn(await signIn(fields.get('username'), fields.get('password')))
    } catch (error) {
      setBusy(false)
      setProblem(error.status === 401 ? 'Username or password is wrong.' : error.message)
      password.current.select()
    }
  }

  return (
    <main class="door">
      <form class="card" onSubmit={submit}>
        <h1>Sign in</h1>
        <p class="quiet">Deposit files and see when every copy has been verified.</p>
        {problem && <p class="notice bad" role="alert" data-testid="sign-in-problem">{problem}</p>}
        <label>
          Username
          <input ref={first} name="username" autocomplete="username" autocapitalize="none" spellcheck={false} required aria-invalid={Boolean(problem)} />
        </label>
        <label>
          Password
          <input ref={password} name="password" type="password" autocomplete="current-password" required aria-invalid={Boolean(problem)} />
        </label>
        <button class="main" disabled={busy}>{busy ? 'Signing in …' : 'Sign in'}</button>
        <p class="small"><a href="#/welcome">I have a code from an e-mail</a></p>
      </form>
    </main>
  )
}
