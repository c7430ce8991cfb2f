/** What happened to an item, fetched when asked for. */
import { useState } from 'preact/hooks'
import { storeName, time } from '../words.js'

export function History({ session, space, id, stores }) {
  const [state, setState] = useState({})

  async function load() {
    setState({ loading: true })
    try {
      setState({ events: await session.history(space, id) })
    } catch (error) {
      setState({ problem: error.message })
    }
  }

  const { events, loading, problem } = state
  return (
    <div class="history">
      <button type="button" class="small" onClick={load} disabled={loading}>
        {loading ? 'Reading the history …' : events ? 'Read the history again' : 'Show the history'}<span class="unseen"> of {id}</span>
      </button>
      {problem && <p class="notice bad" role="alert">{problem}</p>}
      {events?.length === 0 && <p class="quiet">No events yet.</p>}
      {events?.length > 0 && (
        <ol data-testid="history">
          {events.map((event, index) => (
            <li key={index}>
              <time dateTime={event.at}>{time(event.at)}</time>
              <span>
                <strong>{String(event.kind).replace(/[_-]+/g, ' ')}</strong>
                {event.store && `, ${storeName(event.store, stores)}`}
                {event.agent && <span class="quiet"> by {event.agent}</span>}
                <Detail detail={event.detail} />
              </span>
            </li>
          ))}
        </ol>
      )}
    </div>
  )
}

function Detail({ detail }) {
  const fields = Object.entries(detail ?? {}).filter(([, value]) => value !== null && value !== '')
  if (fields.length === 0) return null
  return (
    <span class="detail">
      {fields.map(([name, value]) => (
        <span key={name}>{name.replace(/_/g, ' ')}: <code>{typeof value === 'object' ? JSON.stringify(value) : String(value)}</code></span>
      ))}
    </span>
  )
}
