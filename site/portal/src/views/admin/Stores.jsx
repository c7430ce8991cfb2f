/** The stores that keep copies: how each is used, and since when one does not answer. */
import { useState } from 'preact/hooks'
import { encodeSegment } from '../../content-id.js'
import { storeName, time } from '../../words.js'
import { MODES } from '../../words/people.js'
import { Told, Top } from '../Area.jsx'
import { Mark } from '../FileName.jsx'
import { isOwner } from '../Header.jsx'
import { Question } from '../Question.jsx'
import { useLoaded } from '../use-loaded.js'

export function Stores({ session, me }) {
  const loaded = useLoaded(() => session.stores())
  const [changing, setChanging] = useState(null)
  const change = (fields) => session.json(`/api/stores/${encodeSegment(changing.id)}`, 'PUT', { mode: fields.get('mode') })
  function closed(done) {
    setChanging(null)
    if (done) loaded.again()
  }
  return (
    <>
      <Top title="Stores"><button type="button" onClick={loaded.again}>Read again</button></Top>
      <Told loaded={loaded} what="the stores" />
      <ul class="cards">
        {loaded.value?.map((store) => {
          const [name, meaning] = MODES[store.mode] ?? [store.mode, '']
          const tone = store.failing_since ? 'bad' : store.mode === 'in-service' ? 'good' : 'warn'
          return (
            <li key={store.id} class="panel" data-testid="store">
              <p class={`verdict ${tone}`}><Mark tone={tone} /><strong>{storeName(store.id, loaded.value)}{store.primary && ', the primary store'}: {name}</strong></p>
              <p class="small">{meaning}</p>
              {store.failing_since && <p class="bad small">It has not answered since <time dateTime={store.failing_since}>{time(store.failing_since)}</time>: {store.failing_why}</p>}
              {isOwner(me) && <div class="row"><button type="button" class="small" onClick={() => setChanging(store)}>Change …<span class="unseen"> copy {store.id}</span></button></div>}
            </li>
          )
        })}
      </ul>
      {!isOwner(me) && loaded.value && <p class="quiet">Owners may change how a store is used.</p>}
      {changing && (
        <Question title={`How is ${storeName(changing.id, loaded.value)} used from now on?`} label="Change it" act={change} onClose={closed}>
          {Object.entries(MODES).map(([mode, [name, meaning]]) => (
            <label key={mode} class="choice"><input type="radio" name="mode" value={mode} defaultChecked={mode === changing.mode} /><span><strong>{name}</strong> <span class="quiet small">{meaning}</span></span></label>
          ))}
        </Question>
      )}
    </>
  )
}
