/** How much each store held, day by day, of all spaces or of one. */
import { query as asQuery } from '../../api.js'
import { linkToArea } from '../../place.js'
import { size, storeName } from '../../words.js'
import { number } from '../../words/trust.js'
import { Told, Top } from '../Area.jsx'
import { useLoaded } from '../use-loaded.js'
import { Bars } from './Bars.jsx'

const OF = { bytes: ['size', (value) => size(value ?? 0)], items: ['items', number] }

export function Growth({ session, stores, spaces, query }) {
  const { space = '', of = 'bytes' } = query
  const loaded = useLoaded(() => session.json(`/api/reports/growth?${asQuery({ space })}`), [space])
  const [word, show] = OF[of] ?? OF.bytes
  const there = (more) => linkToArea('trust', 'growth', { ...query, ...more })
  return (
    <>
      <Top title="Growth">
        <label class="inline">
          Space
          <select value={space} onChange={(event) => { location.hash = there({ space: event.currentTarget.value }) }}>
            <option value="">all together</option>
            {spaces.map(({ id }) => <option key={id} value={id}>{id}</option>)}
          </select>
        </label>
        <nav class="filters" aria-label="Show">
          <a href={there({ of: '' })} aria-current={of === 'items' ? undefined : 'true'}>Size</a>
          <a href={there({ of: 'items' })} aria-current={of === 'items' ? 'true' : undefined}>Items</a>
        </nav>
      </Top>
      <Told loaded={loaded} what="the measurements" />
      {loaded.value?.stores.map(({ store, points }) => points.length === 0 ? (
        <p key={store} class="quiet">{storeName(store, stores)} was not measured yet.</p>
      ) : (
        <Bars key={store} title={storeName(store, stores)} words={[word]} show={show} data={points.map((point) => ({ name: point.day, value: point[of] ?? point.bytes }))} />
      ))}
      <p class="quiet small">Spaces are measured once a day; only days that were measured are shown.</p>
    </>
  )
}
