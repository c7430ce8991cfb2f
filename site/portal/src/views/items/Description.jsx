/** What is said of an item: its properties and tags; whoever may write changes them. */
import { useState } from 'preact/hooks'
import { encodeId, encodeSegment } from '../../content-id.js'
import { Act, Form } from '../Act.jsx'

export function Description({ item, session, mayWrite, onChange }) {
  const [editing, setEditing] = useState(false)
  const patch = async (change) => {
    await session.json(`/api/spaces/${encodeSegment(item.space)}/items/${encodeId(item.id)}`, 'PATCH', change)
    await onChange()
  }
  const properties = Object.entries(item.properties)
  async function add(fields, form) {
    await patch({ properties: { [fields.get('name').trim()]: fields.get('value') } })
    form.reset()
  }
  async function addTag(fields, form) {
    await patch({ add_tags: [fields.get('tag').trim()] })
    form.reset()
  }
  return (
    <>
      <div class="list-head">
        <h2>Properties and tags</h2>
        {mayWrite && <button type="button" class="small" aria-expanded={editing} onClick={() => setEditing(!editing)}>{editing ? 'Done' : 'Change'}<span class="unseen"> properties and tags</span></button>}
      </div>
      {properties.length === 0 && item.tags.length === 0 && <p class="quiet">None.</p>}
      <dl class="facts">
        {properties.map(([name, value]) => (
          <div key={name} data-testid="property">
            <dt>{name}</dt>
            <dd>
              <bdi>{value}</bdi>
              {editing && <> <Act label="Take away" about={name} act={() => patch({ properties: { [name]: null } })} told={`${name} is taken away`} /></>}
            </dd>
          </div>
        ))}
      </dl>
      {item.tags.length > 0 && (
        <ul class="row" aria-label="Tags">
          {item.tags.map((tag) => (
            <li key={tag} class="label" data-testid="tag">
              <bdi>{tag}</bdi>
              {editing && <> <Act label="Take away" about={`the tag ${tag}`} act={() => patch({ remove_tags: [tag] })} told={`${tag} is taken away`} /></>}
            </li>
          ))}
        </ul>
      )}
      {editing && (
        <>
          <Form label="Set the property" title="Set a property" act={add} told="The property is set">
            <label>Name of the property<input name="name" required autocomplete="off" autocapitalize="none" spellcheck={false} /></label>
            <label>Value<input name="value" required autocomplete="off" /></label>
          </Form>
          <Form label="Add the tag" title="Add a tag" act={addTag} told="The tag is added">
            <label>New tag<input name="tag" required autocomplete="off" /></label>
          </Form>
        </>
      )}
    </>
  )
}
