/** Everything that ever happened to an item, the latest first. */
import { storeName, time } from '../../words.js'
import { eventInWords, toneOfEvent } from '../../words/items.js'
import { Mark } from '../FileName.jsx'
import { useLoaded } from '../use-loaded.js'

export function Timeline({ space, id, session, stores }) {
  const { value: events, problem, loading, again } = useLoaded(() => session.history(space, id), [space, id])
  return (
    <section class="panel" aria-labelledby="history" aria-busy={loading}>
      <div class="list-head"><h2 id="history">History</h2><button type="button" class="small" onClick={again}>Read again</button></div>
      {problem && <p class="notice bad" role="alert">{problem.message}</p>}
      {!events && loading && <p class="quiet">Reading …</p>}
      {events?.length === 0 && <p class="quiet">No events yet.</p>}
      <ol class="timeline" data-testid="history">
        {[...(events ?? [])].reverse().map((event, index) => {
          const tone = toneOfEvent(event)
          return (
            <li key={events.length - index} class={tone}>
              <Mark tone={tone} />
              <div>
                <p>
                  <strong>{eventInWords(event)}</strong>
                  {event.store && ` – ${storeName(event.store, stores)}`}
                  {event.agent && <span class="quiet"> by {event.agent}</span>}
                </p>
                <time class="quiet small" dateTime={event.at}>{time(event.at)}</time>
                <Detail detail={event.detail} />
              </div>
            </li>
          )
        })}
      </ol>
    </section>
  )
}

function Detail({ detail }) {
  const fields = Object.entries(detail ?? {}).filter(([, value]) => value !== null && value !== '')
  if (fields.length === 0) return null
  return (
    <details class="small">
      <summary>Details</summary>
      <dl class="facts">
        {fields.map(([name, value]) => (
          <div key={name}><dt>{name.replace(/[_-]/g, ' ')}</dt><dd><code>{typeof value === 'object' ? JSON.stringify(value) : String(value)}</code></dd></div>
        ))}
      </dl>
    </details>
  )
}
