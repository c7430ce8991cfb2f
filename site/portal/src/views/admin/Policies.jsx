/** Which stores keep the items of which space. */
import { destinations, withRule } from '../../policies.js'
import { storeName } from '../../words.js'
import { Form } from '../Act.jsx'
import { Told, Top } from '../Area.jsx'
import { useLoaded } from '../use-loaded.js'

export function Policies({ session, stores, spaces }) {
  const loaded = useLoaded(async () => {
    const answer = await session.request('/api/policies')
    return { policies: await answer.json(), revision: answer.headers.get('ETag') }
  })
  const primary = stores.find((store) => store.primary) ?? stores[0]
  const others = stores.filter((store) => store.id !== primary.id)
  const save = (space) => async (fields) => {
    const chosen = fields.get('own') === 'default' ? null : fields.getAll('store')
    await session.request('/api/policies', 'PUT', withRule(loaded.value.policies, space, chosen, primary.id), { 'If-Match': loaded.value.revision })
    loaded.again()
  }
  // What the service uses for itself has no rules: it is kept everywhere, or in the primary store alone.
  const shown = [null, ...spaces.map(({ id }) => id).filter((id) => !id.startsWith('x-'))]
  return (
    <>
      <Top title="Where copies are kept"><button type="button" onClick={loaded.again}>Read again</button></Top>
      <p class="quiet">Every item is in {storeName(primary.id, stores)}. These rules say in which other stores it has copies.</p>
      <Told loaded={loaded} what="the rules" />
      <ul class="cards">
        {loaded.value && shown.map((space) => {
          const kept = destinations(loaded.value.policies, space)
          const title = space ?? 'Spaces without a rule of their own'
          return (
            <li key={`${loaded.value.revision} ${space}`} class="panel" data-testid="policy">
              <h2>{title}</h2>
              <Form label="Save" title={title} act={save(space)} told="Saved: copies follow in the background">
                <fieldset>
                  <legend>Copies in</legend>
                  <label class="inline"><input type="radio" name="own" value="default" defaultChecked={kept === null} />{space ? 'the same stores as spaces without a rule' : 'every store'}</label>
                  <label class="inline"><input type="radio" name="own" value="own" defaultChecked={kept !== null} />only these:</label>
                  {others.map((store) => <label key={store.id} class="inline"><input type="checkbox" name="store" value={store.id} defaultChecked={kept?.includes(store.id)} />{storeName(store.id, stores)}</label>)}
                </fieldset>
              </Form>
            </li>
          )
        })}
      </ul>
    </>
  )
}
