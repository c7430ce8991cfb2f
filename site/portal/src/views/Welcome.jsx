/** Whoever got a code by e-mail chooses a name and a password here, or a new password. */
import { useState } from 'preact/hooks'
import { ask } from '../api.js'
import { Form } from './Act.jsx'
import { useHeading } from './use-heading.js'

export function Welcome({ fetch = globalThis.fetch.bind(globalThis) }) {
  const heading = useHeading('Use a code')
  const [name, setName] = useState(null)
  async function redeem(fields) {
    const username = fields.get('username').trim()
    const given = { code: fields.get('code').trim(), password: fields.get('password'), ...(username && { username }) }
    const answer = await ask(fetch, '/api/redeem', 'POST', given)
    setName((await answer.json()).username)
  }
  return (
    <main class="door">
      <div class="card">
        <h1 {...heading}>{name ? `Welcome, ${name}` : 'Use a code'}</h1>
        {name ? (
          <>
            <p>Your password is set. Sign in with your user name {name}.</p>
            <p><a href="#/spaces">Sign in</a></p>
          </>
        ) : (
          <>
            <p class="quiet">You got it by e-mail, with an invitation or for a new password. It is good once.</p>
            <Form label="Set the password" title="Use a code" act={redeem}>
              <label>Code<input name="code" required autocomplete="one-time-code" autocapitalize="none" spellcheck={false} /></label>
              <label>
                User name
                <input name="username" autocomplete="username" autocapitalize="none" spellcheck={false} aria-describedby="name-rule" />
              </label>
              <p class="quiet small" id="name-rule">Choose one when you were invited: small letters, digits and _ . -. For a new password, leave it empty.</p>
              <label>Password (12 characters at least)<input name="password" type="password" minLength={12} autocomplete="new-password" required /></label>
            </Form>
            <p><a href="#/spaces">Back to sign in</a></p>
          </>
        )}
      </div>
    </main>
  )
}
