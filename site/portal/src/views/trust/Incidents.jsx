/** What is wrong, what is done about it, what waits for a person; and one of these with its evidence. */
import { useState } from 'preact/hooks'
import { announce } from '../../announce.js'
import { query as asQuery } from '../../api.js'
import { linkToArea, linkToItem } from '../../place.js'
import { storeName, time } from '../../words.js'
import { eventInWords } from '../../words/items.js'
import { incidentState, problemInWords } from '../../words/trust.js'
import { Told, Top } from '../Area.jsx'
import { Mark } from '../FileName.jsx'
import { Question } from '../Question.jsx'
import { useLoaded } from '../use-loaded.js'
import { usePages } from '../use-pages.js'

export function Incidents({ session, stores, query }) {
  return query.id ? <Incident key={query.id} id={query.id} session={session} stores={stores} /> : <List session={session} stores={stores} query={query} />
}

function List({ session, stores, query }) {
  const { state = 'open', space = '', store = '' } = query
  const pages = usePages(async (after) => {
    const { incidents, next } = await session.json(`/api/incidents?${asQuery({ state, space, store, after })}`)
    return { rows: incidents, next }
  }, [state, space, store])
  const there = (more) => linkToArea('trust', 'incidents', { ...query, ...more })
  return (
    <>
      <Top title="Incidents">
        <nav class="filters" aria-label="Show">
          <a href={there({ state: '' })} aria-current={state === 'open' ? 'true' : undefined}>Open</a>
          <a href={there({ state: 'all' })} aria-current={state === 'all' ? 'true' : undefined}>All</a>
        </nav>
        <button type="button" onClick={pages.again}>Read again</button>
      </Top>
      {(space || store) && (
        <p class="notice"><span>Only {[space && `space ${space}`, store && storeName(store, stores)].filter(Boolean).join(', ')}</span><a href={there({ space: '', store: '' })}>Show all</a></p>
      )}
      <Told loaded={pages} what="the incidents" />
      {pages.value?.length === 0 && !pages.problem && <p class="empty quiet">{state === 'open' ? 'Nothing is wrong.' : 'Nothing was ever wrong.'}</p>}
      <ul class="cards">
        {pages.rows.map((incident) => (
          <li key={incident.id} class="panel" data-testid="incident" data-state={incident.state}>
            <Sentence incident={incident} stores={stores} />
            <p><a href={there({ id: incident.id })}>What is known of it<span class="unseen"> ({incident.item ?? incident.stores.join(' ')})</span></a></p>
          </li>
        ))}
      </ul>
      {pages.next && !pages.loading && <button type="button" onClick={pages.more}>More</button>}
    </>
  )
}

function Sentence({ incident, stores }) {
  const { state, space, item } = incident
  const tone = state === 'closed' ? 'good' : state === 'watched' || state === 'repairing' ? 'warn' : 'bad'
  return (
    <>
      <p class={`verdict ${tone}`}><Mark tone={tone} /><strong>{problemInWords(incident.problem)} – {incidentState(state)}</strong></p>
      {item && <p><a href={linkToItem(space, item)}><bdi>{item}</bdi></a> in {space}</p>}
      {incident.stores.length > 0 && <p>{incident.stores.map((id) => storeName(id, stores)).join(', ')}</p>}
      {incident.canary && <p class="quiet small">An item of the service’s own, which it damaged to test itself.</p>}
      <p class="quiet small">
        Found <time dateTime={incident.opened_at}>{time(incident.opened_at)}</time>, last seen <time dateTime={incident.seen_at}>{time(incident.seen_at)}</time>
        {incident.closed_at && <>, over <time dateTime={incident.closed_at}>{time(incident.closed_at)}</time></>}
        {incident.closed_by && ` (${incident.closed_by})`}{incident.reopened > 0 && `, opened again ${incident.reopened} times`}.
        {incident.how && ` ${incident.how}`}
      </p>
    </>
  )
}

function Incident({ id, session, stores }) {
  const loaded = useLoaded(() => session.json(`/api/incidents/${encodeURIComponent(id)}`), [id])
  const [asking, setAsking] = useState(false)
  const incident = loaded.value
  async function close(fields) {
    await session.json(`/api/incidents/${encodeURIComponent(id)}/close`, 'POST', { note: fields.get('note') })
    announce('The incident is closed')
  }
  return (
    <>
      <nav class="way" aria-label="Where this is"><a href={linkToArea('trust', 'incidents')}>All open incidents</a></nav>
      <Top title="Incident"><button type="button" onClick={loaded.again}>Read again</button></Top>
      <Told loaded={loaded} what="the incident" />
      {incident && (
        <>
          <section class="panel" aria-label="What is wrong" data-testid="incident" data-state={incident.state}>
            <Sentence incident={incident} stores={stores} />
            {incident.state === 'needs a person' && <div class="row"><button type="button" onClick={() => setAsking(true)}>Close it …</button></div>}
          </section>
          <section class="panel" aria-labelledby="evidence">
            <h2 id="evidence">Evidence</h2>
            <ol class="timeline">
              {incident.evidence.map((event, at) => (
                <li key={at} class="quiet">
                  <Mark tone="quiet" />
                  <div>
                    <p><strong>{eventInWords(event)}</strong>{event.store && ` – ${storeName(event.store, stores)}`}</p>
                    <time class="quiet small" dateTime={event.at}>{time(event.at)}</time>
                    <dl class="facts small">{Object.entries(event.detail).map(([name, value]) => <div key={name}><dt>{name.replace(/[_-]/g, ' ')}</dt><dd><code>{String(value)}</code></dd></div>)}</dl>
                  </div>
                </li>
              ))}
            </ol>
          </section>
        </>
      )}
      {asking && (
        <Question title="Close this incident?" label="Close it" act={close} onClose={(done) => { setAsking(false); if (done) loaded.again() }}>
          <p>What was done about it is kept with it, for whoever asks later.</p>
          <label>What was done<input name="note" required autocomplete="off" autofocus /></label>
        </Question>
      )}
    </>
  )
}
