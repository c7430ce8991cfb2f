/** Asks for the password in the middle of the work; what was being sent waits and goes on afterwards. */
import { useEffect, useRef, useState } from 'preact/hooks'

export function SignInAgain({ username, session, onSignedIn }) {
  const [problem, setProblem] = useState(null)
  const dialog = useRef()
  useEffect(() => dialog.current.showModal(), [])

  async function submit(event) {
    event.preventDefault()
    try {
      await session.again(username, new FormData(event.currentTarget).get('password'))
      onSignedIn()
    } catch (error) {
      setProblem(error.status === 401 ? 'The password is wrong.' : error.message)
    }
  }

  return (
    <dialog ref={dialog} class="card" aria-labelledby="again" onCancel={(event) => event.preventDefault()} data-testid="sign-in-again">
      <form onSubmit={submit}>
        <h2 id="again">Sign in again, {username}</h2>
        <p>The service has ended your session. Nothing is lost: the files go on where they stopped.</p>
        {problem && <p class="notice bad" role="alert">{problem}</p>}
        <label>
          Password
          <input name="password" type="password" autocomplete="current-password" required aria-invalid={Boolean(problem)} />
        </label>
        <button class="main">Sign in</button>
      </form>
    </dialog>
  )
}
