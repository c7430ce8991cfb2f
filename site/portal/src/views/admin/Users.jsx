/** Everybody who may sign in: role, whether enabled, from where; only what one's own role may change is offered. */
import { useState } from 'preact/hooks'
import { encodeSegment } from '../../content-id.js'
import { linkToArea } from '../../place.js'
import { roleName, rolesToGive } from '../../words/people.js'
import { Act } from '../Act.jsx'
import { Told, Top } from '../Area.jsx'
import { Question } from '../Question.jsx'
import { useLoaded } from '../use-loaded.js'

export function Users({ session, me }) {
  const loaded = useLoaded(async () => (await session.json('/api/users')).users)
  return (
    <>
      <Top title="Users"><a href={linkToArea('admin', 'invitations')}>Invite somebody</a><button type="button" onClick={loaded.again}>Read again</button></Top>
      <Told loaded={loaded} what="the users" />
      <ul class="cards">{loaded.value?.map((user) => <User key={user.username} user={user} me={me} session={session} onChange={loaded.again} />)}</ul>
    </>
  )
}

function User({ user, me, session, onChange }) {
  const [editing, setEditing] = useState(false)
  const grants = rolesToGive(me)
  const address = `/api/users/${encodeSegment(user.username)}`
  const facts = [roleName(user.role), user.name, user.email, user.groups.length > 0 && `in ${user.groups.join(', ')}`, user.allowed_from && `only from ${user.allowed_from}`]
  const change = async (changes) => {
    await session.json(address, 'PATCH', changes)
    onChange()
  }
  async function save(fields) {
    const given = Object.fromEntries(['role', 'allowed_from'].map((name) => [name, fields.get(name)]))
    await change(Object.fromEntries(Object.entries(given).filter(([name, value]) => value !== user[name])))
  }

  return (
    <li class="panel" data-testid="user">
      <p><strong>{user.username}</strong>{user.username === me.username && ' (you)'}{!user.enabled && <span class="bad"> – disabled</span>}</p>
      <p class="quiet small">{facts.filter(Boolean).join(' · ')}</p>
      {grants.includes(user.role) && (
        <div class="row">
          <button type="button" class="small" onClick={() => setEditing(true)}>Change …<span class="unseen"> {user.username}</span></button>
          <Act label={user.enabled ? 'Disable' : 'Enable'} about={user.username} act={() => change({ enabled: !user.enabled })} told={`${user.username} is ${user.enabled ? 'disabled' : 'enabled'}`} />
          {user.email && <Act label="Send a code for a new password" about={`to ${user.username}`} act={() => session.json(`${address}/reset`, 'POST', {})} told="The code was sent" />}
        </div>
      )}
      {editing && (
        <Question title={`Change ${user.username}`} label="Save" act={save} onClose={() => setEditing(false)}>
          <label>Role<select name="role" autofocus>{grants.map((role) => <option key={role} value={role} selected={role === user.role}>{roleName(role)}</option>)}</select></label>
          <label>May sign in only from (networks, with semicolons between them)<input name="allowed_from" defaultValue={user.allowed_from} placeholder="from everywhere" autocomplete="off" /></label>
        </Question>
      )}
    </li>
  )
}
