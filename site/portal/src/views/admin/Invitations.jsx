/** Invitations: a code goes out by e-mail, and whoever has it chooses a name and a password. */
import { encodeSegment } from '../../content-id.js'
import { time } from '../../words.js'
import { roleName, rolesToGive } from '../../words/people.js'
import { Act, Form } from '../Act.jsx'
import { Told, Top } from '../Area.jsx'
import { useLoaded } from '../use-loaded.js'

export function Invitations({ session, me }) {
  const loaded = useLoaded(async () => (await session.json('/api/invitations')).invitations)
  const grants = rolesToGive(me)
  async function invite(fields, form) {
    await session.json('/api/invitations', 'POST', { email: fields.get('email').trim(), role: fields.get('role') })
    form.reset()
    loaded.again()
  }
  async function withdraw(id) {
    await session.request(`/api/invitations/${encodeSegment(id)}`, 'DELETE')
    loaded.again()
  }
  return (
    <>
      <Top title="Invitations"><button type="button" onClick={loaded.again}>Read again</button></Top>
      <section class="panel" aria-labelledby="invite">
        <h2 id="invite">Invite somebody</h2>
        <Form label="Send the invitation" title="Invite somebody" act={invite} told="The invitation was sent">
          <label>E-mail address<input name="email" type="email" required autocomplete="off" /></label>
          <label>Role<select name="role">{grants.map((role) => <option key={role} value={role}>{roleName(role)}</option>)}</select></label>
        </Form>
      </section>
      <Told loaded={loaded} what="the invitations" />
      {loaded.value?.length === 0 && <p class="empty quiet">No invitation waits to be accepted.</p>}
      <ul class="cards">
        {loaded.value?.map((invitation) => (
          <li key={invitation.id} class="panel" data-testid="invitation">
            <p><strong>{invitation.email}</strong></p>
            <p class="quiet small">
              {invitation.username ? `A new password for ${invitation.username}` : `As ${roleName(invitation.role)}`}, sent <time dateTime={invitation.created_at}>{time(invitation.created_at)}</time>
              {invitation.invited_by && ` by ${invitation.invited_by}`}, good until <time dateTime={invitation.expires_at}>{time(invitation.expires_at)}</time>
            </p>
            {grants.includes(invitation.role) && <div class="row"><Act label="Withdraw" about={invitation.email} told="It is withdrawn" act={() => withdraw(invitation.id)} /></div>}
          </li>
        ))}
      </ul>
    </>
  )
}
