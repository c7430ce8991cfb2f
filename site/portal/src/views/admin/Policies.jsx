/** Which stores keep the items of which space. */
import { useState } from 'preact/hooks'
import { announce } from '../../announce.js'
import { destinations, storesLost, withRule } from '../../policies.js'
import { storeName } from '../../words.js'
import { Form } from '../Act.jsx'
import { Told, Top } from '../Area.jsx'
import { Question } from '../Question.jsx'
import { useLoaded } from '../use-loaded.js'

export function Policies({ session, stores, spaces }) {
  const loaded = useLoaded(async () => {
    const answer = await session.request('/api/policies')
    return { policies: await answer.json(), revision: answer.headers.get('ETag') }
  })
  const primary = stores.find((store) => store.primary) ?? stores[0]
  const others = stores.filter((store) => store.id !== primary.id)
  const [asking, setAsking] = useState(null)
  const ask = (space) => async (fields) => {
    const chosen = fields.get('own') === 'default' ? null : fields.getAll('store')
    const lost = storesLost(loaded.value.policies, space, chosen, others.map(({ id }) => id))
    if (lost.length) setAsking({ space, chosen, lost })
    else await save(space, chosen)
  }
  async function save(space, chosen) {
    await session.request('/api/policies', 'PUT', withRule(loaded.value.policies, space, chosen, primary.id), { 'If-Match': loaded.value.revision })
    announce('Saved: copies follow in the background')
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
              <Form label="Save" title={title} act={ask(space)}>
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
      {asking && (
        <Question
          title="Keep fewer copies?" label="Keep fewer" danger
          act={() => save(asking.space, asking.chosen)}
          onClose={() => setAsking(null)}
        >
          <p>{asking.space === null ? 'Spaces without a rule of their own' : <>Space <strong>{asking.space}</strong></>} would no longer be kept in {asking.lost.map((id) => storeName(id, stores)).join(' and ')}.</p>
          <p>Copies that are there stay; what is deposited from now on has none there. Only an owner may do this.</p>
        </Question>
      )}
    </>
  )
}
