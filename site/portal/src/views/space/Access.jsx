/** Who may read a space and who may write to it; a switch opens it to everybody. */
import { opened, rulesFor, withAccess } from '../../access.js'
import { Act, Form } from '../Act.jsx'
import { useLoaded } from '../use-loaded.js'

const WORDS = { READ: 'may read', WRITE: 'may read, deposit and delete' }

export function Access({ space, address, session, told, revision, onChange }) {
  const { rules } = told
  const people = useLoaded(async () => {
    const [{ users }, { groups }] = await Promise.all([session.json('/api/users'), session.json('/api/groups')])
    return [...users.map(({ username }) => username), ...groups.map(({ name }) => name)]
  }, [space])
  async function save(wanted) {
    await session.request(`${address}/access`, 'PUT', { rules: wanted }, { 'If-Match': revision })
    await onChange()
  }
  async function add(fields, form) {
    await save(withAccess(rules, fields.get('name').trim(), fields.get('access')))
    form.reset()
  }
  return (
    <section class="panel" aria-labelledby="access">
      <h2 id="access">Who may do what</h2>
      <p data-testid="public">{told.public ? 'This space is public: anybody may read what is in it, without signing in.' : 'This space is closed: only those who are named here may read it, and administrators.'}</p>
      <div class="row">
        <Act label={told.public ? 'Close it' : 'Make it public'} kind="" act={() => save(opened(rules, !told.public))} told={told.public ? 'The space is closed' : 'The space is public'} />
      </div>
      <ul class="cards">
        {rulesFor(rules).map(([name, access]) => (
          <li key={name} class="row" data-testid="rule">
            <span><strong>{name}</strong> {WORDS[access] ?? access}</span>
            <Act label={access === 'WRITE' ? 'Let read only' : 'Let write, too'} about={name} act={() => save(withAccess(rules, name, access === 'WRITE' ? 'READ' : 'WRITE'))} told="Saved" />
            <Act label="Take away" about={name} act={() => save(withAccess(rules, name, null))} told={`${name} has no access any more`} />
          </li>
        ))}
      </ul>
      <Form label="Give access" title="Give access" act={add} told="Saved">
        <label>
          User or group
          <input name="name" required list="people" autocomplete="off" autocapitalize="none" spellcheck={false} />
          <datalist id="people">{people.value?.map((name) => <option key={name} value={name} />)}</datalist>
        </label>
        <label>Access<select name="access">{Object.entries(WORDS).map(([access, words]) => <option key={access} value={access}>{words}</option>)}</select></label>
      </Form>
    </section>
  )
}
