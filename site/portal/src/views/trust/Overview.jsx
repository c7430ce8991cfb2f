/** The figures that matter on one page; each leads to the list behind it. */
import { useEffect, useRef } from 'preact/hooks'
import { linkTo, linkToArea, linkToItem } from '../../place.js'
import { counted, size, storeName, time } from '../../words.js'
import { ageOf, COPY_STATES, dollars, number, selfTest, together } from '../../words/trust.js'
import { Told, Top } from '../Area.jsx'
import { Mark } from '../FileName.jsx'
import { useLoaded } from '../use-loaded.js'
import { Bars } from './Bars.jsx'

export function Overview({ session, stores, query }) {
  const loaded = useLoaded(async () => {
    const [fixity, backlog, plan] = await Promise.all(['/api/fixity', '/api/backlog', '/api/fixity/plan'].map((path) => session.json(path)))
    return { fixity, backlog, plan, now: Date.now() }
  })
  return (
    <>
      <Top title="Trust"><button type="button" onClick={loaded.again}>Read again</button></Top>
      <Told loaded={loaded} what="the figures" />
      {loaded.value && <Figures {...loaded.value} stores={stores} query={query} />}
    </>
  )
}

function Figures({ fixity, backlog, plan, now, stores, query }) {
  const all = together(fixity.stores)
  const open = Object.values(fixity.incidents.open).reduce((sum, count) => sum + count, 0)
  const [tone, sentence] = selfTest(fixity.self_test.state)
  const oldest = backlog.oldest_unreplicated
  const cost = plan.stores.some((store) => store.dollars_a_year == null) ? null : plan.stores.reduce((sum, store) => sum + store.dollars_a_year, 0)
  const bad = countOf('bad', all)
  const incidents = linkToArea('trust', 'incidents')
  return (
    <>
      <ul class="figures">
        <Figure name="copies verified" value={number(all.copies.intact)} tone="good" to={copiesThat({ state: 'intact' })} />
        <Figure name="copies not read yet" value={number(all.copies.never_checked)} to={copiesThat({ state: 'never_checked' })} />
        <Figure name="copies damaged, missing or unreadable" value={number(bad)} tone={bad ? 'bad' : 'good'} to={copiesThat({ state: 'bad' })} />
        <Figure name={fixity.incidents.more ? 'open incidents or more' : open === 1 ? 'open incident' : 'open incidents'} value={number(open)} tone={open ? 'bad' : 'good'} to={incidents} testid="incidents" />
        <Figure name="oldest check of a copy" value={all.oldest_check ? time(all.oldest_check) : 'none yet'} to={linkToArea('trust', 'checks')} />
        <Figure name="checks overdue" value={number(backlog.overdue_checks)} tone={backlog.overdue_checks ? 'warn' : undefined} to={linkToArea('trust', 'checks')} />
        <Figure name="oldest item without all its copies" value={oldest ? ageOf(oldest.since, now) : 'none'} tone={oldest ? 'open' : 'good'} to={oldest ? linkToItem(oldest.space, oldest.id) : linkToArea('trust', 'work')} />
        <Figure name="jobs given up" value={number(backlog.dead_letters)} tone={backlog.dead_letters ? 'bad' : 'good'} to={linkToArea('admin', 'dead-letters')} />
        <Figure name="for all checks of a year" value={dollars(cost)} to={linkToArea('trust', 'checks')} />
      </ul>
      <p class={`verdict ${tone}`} data-testid="self-test"><Mark tone={tone} /><span>{sentence}</span></p>
      <Bars
        title="Copies read in the last days"
        data={fixity.days.map(({ day, copies, problems }) => ({ name: day, value: copies, bad: problems }))}
        words={['copies read', 'problems found']}
      />
      <Table title="By store" first="Store" rows={fixity.stores.map((row) => [row.store, storeName(row.store, stores), null, row])} />
      <BySpace rows={fixity.spaces} query={query} stores={stores} />
      {fixity.next && <p class="quiet">The first {counted(fixity.spaces.length, 'row')} are shown.</p>}
      <p class="quiet small">
        {all.measured_at ? <>Copies were last counted on <time dateTime={all.measured_at}>{time(all.measured_at)}</time>; incidents and work are those of now.</> : 'Copies are counted once a day; not all were counted yet.'}
      </p>
    </>
  )
}

/** The copies of each space in each store, or of these only those that the address asks for: then the focus goes there. */
function BySpace({ rows, query: { store, state }, stores }) {
  const place = useRef()
  const named = state === 'bad' ? 'damaged, missing or unreadable' : COPY_STATES[state]?.[0]
  useEffect(() => {
    if (store || named) place.current.querySelector('section').focus()
  }, [store, named])
  const shown = rows.filter((row) => (!store || row.store === store) && (!named || countOf(state, row) > 0))
  return (
    <div ref={place} class="page">
      {(store || named) && (
        <p class="notice">
          <span>Below are only copies{store && ` in ${storeName(store, stores)}`}{named && `: ${named}`}. Each number leads to the items.</span>
          <a href={linkToArea('trust', 'copies')}>Show all</a>
        </p>
      )}
      <Table title="By space and store" first="Space" rows={shown.map((row) => [`${row.space} ${row.store}`, `${row.space}, ${storeName(row.store, stores)}`, row.space, row])} />
    </div>
  )
}

function Figure({ name, value, tone = '', to, testid }) {
  return <li><a href={to} class="figure" data-testid={testid}><strong class={tone}>{value}</strong> <span>{name}</span></a></li>
}

function Table({ title, first, rows }) {
  return (
    <section class="panel wide" tabIndex={0} aria-label={title}>
      <h2>{title}</h2>
      <table>
        <thead>
          <tr><th scope="col">{first}</th><th scope="col">Items</th><th scope="col">Size</th>{Object.entries(COPY_STATES).map(([state, [name]]) => <th key={state} scope="col">{name}</th>)}<th scope="col">Oldest check</th></tr>
        </thead>
        <tbody>
          {rows.map(([key, name, space, row]) => (
            <tr key={key}>
              <th scope="row">{space ? <a href={linkTo(space, 'items')}>{name}</a> : name}</th>
              <td>{space ? <a href={linkTo(space, 'items', { store: row.store })}>{number(row.items)}</a> : number(row.items)}</td>
              <td>{size(row.bytes ?? 0)}</td>
              {Object.entries(COPY_STATES).map(([state, [, tone]]) => (
                <td key={state}>{row.copies[state] > 0 ? <a class={tone} href={listOf(state, space, row.store)}>{number(row.copies[state])}</a> : '0'}</td>
              ))}
              <td>{row.oldest_check ? <time dateTime={row.oldest_check}>{time(row.oldest_check)}</time> : '–'}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length === 0 && <p class="quiet">None were counted.</p>}
    </section>
  )
}

/** Where the copies of a figure are listed: of all spaces in the table of spaces, of one among its items; what nobody can decide is an incident. */
function listOf(state, space, store) {
  if (state === 'undecided') return linkToArea('trust', 'incidents', { space: space ?? '', store })
  return space ? linkTo(space, 'items', { state: state === 'never_checked' ? 'pending' : state, store }) : copiesThat({ state, store })
}

const copiesThat = (query) => linkToArea('trust', 'copies', query)
const countOf = (state, { copies }) => (state === 'bad' ? copies.damaged + copies.missing + copies.unreadable : copies[state])
