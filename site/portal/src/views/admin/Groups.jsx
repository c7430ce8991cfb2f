/** Groups of users, by which spaces are opened to several people at once. */
import { encodeSegment } from '../../content-id.js'
import { Act, Form } from '../Act.jsx'
import { Told, Top } from '../Area.jsx'
import { useLoaded } from '../use-loaded.js'

export function Groups({ session }) {
  const loaded = useLoaded(async () => {
    const [{ groups }, { users }] = await Promise.all([session.json('/api/groups'), session.json('/api/users')])
    return { groups, users: users.map(({ username }) => username) }
  })
  const put = async (name, members) => {
    await session.json(`/api/groups/${encodeSegment(name)}`, 'PUT', { members })
    loaded.again()
  }
  async function create(fields, form) {
    const name = fields.get('name').trim()
    await put(name.startsWith('group-') ? name : `group-${name}`, fields.getAll('member'))
    form.reset()
  }
  async function remove(name) {
    await session.request(`/api/groups/${encodeSegment(name)}`, 'DELETE')
    loaded.again()
  }
  return (
    <>
      <Top title="Groups"><button type="button" onClick={loaded.again}>Read again</button></Top>
      <Told loaded={loaded} what="the groups" />
      {loaded.value?.groups.length === 0 && <p class="empty quiet">There are no groups yet.</p>}
      {loaded.value && (
        <>
          <ul class="cards">
            {loaded.value.groups.map(({ name, members }) => (
              <li key={name} class="panel" data-testid="group">
                <h2>{name}</h2>
                <Form label="Save" title={name} act={(fields) => put(name, fields.getAll('member'))} told={`${name} is saved`}>
                  <Members users={loaded.value.users} members={members} />
                </Form>
                <div class="row"><Act label="Remove the group" about={name} told={`${name} is removed`} act={() => remove(name)} /></div>
              </li>
            ))}
          </ul>
          <section class="panel" aria-labelledby="new-group">
            <h2 id="new-group">New group</h2>
            <Form label="Create" title="New group" told="The group is created" act={create}>
              <label>Name<input name="name" required autocomplete="off" autocapitalize="none" spellcheck={false} aria-describedby="group-rule" /></label>
              <p class="quiet small" id="group-rule">Small letters, digits and _ . @ -; it begins with group-, which is added when you leave it out. A group has at least one member.</p>
              <Members users={loaded.value.users} members={[]} />
            </Form>
          </section>
        </>
      )}
    </>
  )
}

function Members({ users, members }) {
  return (
    <fieldset>
      <legend>Members</legend>
      {users.map((user) => <label key={user} class="inline"><input type="checkbox" name="member" value={user} defaultChecked={members.includes(user)} />{user}</label>)}
    </fieldset>
  )
}
