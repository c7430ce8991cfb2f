/** What belongs to oneself: API tokens, and one's password. */
import { useState } from 'preact/hooks'
import { announce } from '../../announce.js'
import { encodeId } from '../../content-id.js'
import { time } from '../../words.js'
import { roleName, ROLES } from '../../words/people.js'
import { Act, Form } from '../Act.jsx'
import { Area, Told, Top } from '../Area.jsx'
import { useLoaded } from '../use-loaded.js'

export function View({ place, session, me }) {
  const loaded = useLoaded(async () => (await session.json('/api/tokens')).tokens)
  const [made, setMade] = useState(null)
  const role = ROLES.findLast((each) => me.roles.includes(each)) ?? 'user'

  async function create(fields, form) {
    const until = fields.get('until')
    setMade(await session.json('/api/tokens', 'POST', { name: fields.get('name').trim(), ...(until && { expires_at: `${until}T00:00:00Z` }) }))
    form.reset()
    loaded.again()
  }
  async function revoke(name) {
    await session.request(`/api/tokens/${encodeId(name)}`, 'DELETE')
    if (made?.name === name) setMade(null)
    loaded.again()
  }
  async function changePassword(fields, form) {
    await session.request('/api/me/password', 'PUT', { old: fields.get('old'), new: fields.get('new') })
    form.reset()
  }
  async function copy() {
    await navigator.clipboard.writeText(made.token)
    announce('The token is copied')
  }

  return (
    <Area area="account" title="You" views={{ tokens: 'Your account' }} view={place.view}>
      <Top title={me.username} />
      <p class="quiet">Your role here: {roleName(role)}.</p>
      <section class="panel" aria-labelledby="tokens">
        <h2 id="tokens">API tokens</h2>
        <p class="quiet small">A program signs in with a token instead of your password. You can revoke each of them alone.</p>
        {made && (
          <div class="once" role="status" data-testid="token">
            <p>This is the token {made.name}. It is shown now and never again:</p>
            <p><code>{made.token}</code></p>
            <div class="row"><Act label="Copy" about="the token" act={copy} /></div>
          </div>
        )}
        <Told loaded={loaded} what="your tokens" />
        <ul class="cards">
          {loaded.value?.map((token) => (
            <li key={token.name} class="row">
              <span><strong>{token.name}</strong> <span class="quiet small">
                made {time(token.created_at)}, {token.expires_at ? `good until ${time(token.expires_at)}` : 'good for ever'}, {token.last_used ? `last used ${token.last_used}` : 'never used'}
              </span></span>
              <Act label="Revoke" about={token.name} told={`${token.name} is revoked`} act={() => revoke(token.name)} />
            </li>
          ))}
        </ul>
        <Form label="Make a token" title="New token" act={create}>
          <label>Name, so that you know it again<input name="name" required autocomplete="off" /></label>
          <label>Good until (leave empty: for ever)<input name="until" type="date" /></label>
        </Form>
      </section>
      <section class="panel" aria-labelledby="password">
        <h2 id="password">Change your password</h2>
        <Form label="Change it" title="Change your password" act={changePassword} told="Your password is changed">
          <label>Present password<input name="old" type="password" autocomplete="current-password" required /></label>
          <label>New password (12 characters at least)<input name="new" type="password" autocomplete="new-password" minLength={12} required /></label>
        </Form>
      </section>
    </Area>
  )
}
