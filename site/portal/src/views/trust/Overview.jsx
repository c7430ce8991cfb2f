/** The figures that matter on one page; each leads to the list behind it. */
import { linkTo, linkToArea, linkToItem } from '../../place.js'
import { counted, size, storeName, time } from '../../words.js'
import { ageOf, COPY_STATES, dollars, number, selfTest, together } from '../../words/trust.js'
import { Told, Top } from '../Area.jsx'
import { Mark } from '../FileName.jsx'
import { useLoaded } from '../use-loaded.js'
import { Bars } from './Bars.jsx'

export function Overview({ session, stores }) {
  const loaded = useLoaded(async () => {
    const [fixity, backlog, plan] = await Promise.all(['/api/fixity', '/api/backlog', '/api/fixity/plan'].map((path) => session.json(path)))
    return { fixity, backlog, plan, now: Date.now() }
  })
  return (
    <>
      <Top title="Trust"><button type="button" onClick={loaded.again}>Read again</button></Top>
      <Told loaded={loaded} what="the figures" />
      {loaded.value && <Figures {...loaded.value} stores={stores} />}
    </>
  )
}

function Figures({ fixity, backlog, plan, now, stores }) {
  const all = together(fixity.stores)
  const open = Object.values(fixity.incidents.open).reduce((sum, count) => sum + count, 0)
  const [tone, sentence] = selfTest(fixity.self_test.state)
  const oldest = backlog.oldest_unreplicated
  const cost = plan.stores.some((store) => store.dollars_a_year == null) ? null : plan.stores.reduce((sum, store) => sum + store.dollars_a_year, 0)
  const incidents = linkToArea('trust', 'incidents')
  return (
    <>
      <ul class="figures">
        <Figure name="copies verified" value={number(all.copies.intact)} tone="good" to="#by-space" />
        <Figure name="copies not read yet" value={number(all.copies.never_checked)} to="#by-space" />
        <Figure name="copies damaged, missing or unreadable" value={number(all.copies.damaged + all.copies.missing + all.copies.unreadable)} tone={all.copies.damaged + all.copies.missing + all.copies.unreadable ? 'bad' : 'good'} to={incidents} />
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
      <Table title="By space and store" first="Space" id="by-space" rows={fixity.spaces.map((row) => [`${row.space} ${row.store}`, `${row.space}, ${storeName(row.store, stores)}`, row.space, row])} />
      {fixity.next && <p class="quiet">The first {counted(fixity.spaces.length, 'row')} are shown.</p>}
      <p class="quiet small">
        {all.measured_at ? <>Copies were last counted on <time dateTime={all.measured_at}>{time(all.measured_at)}</time>; incidents and work are those of now.</> : 'Copies are counted once a day; not all were counted yet.'}
      </p>
    </>
  )
}

function Figure({ name, value, tone = '', to, testid }) {
  // A figure of this page leads to its table; the address stays that of the page.
  const jump = to.startsWith('#/') ? undefined : (event) => {
    event.preventDefault()
    document.querySelector(to).focus()
  }
  return <li><a href={to} onClick={jump} class="figure" data-testid={testid}><strong class={tone}>{value}</strong> <span>{name}</span></a></li>
}

function Table({ title, first, rows, id }) {
  return (
    <section class="panel wide" id={id} tabIndex={0} aria-label={title}>
      <h2>{title}</h2>
      <table>
        <thead>
          <tr><th scope="col">{first}</th><th scope="col">Items</th><th scope="col">Size</th>{Object.entries(COPY_STATES).map(([state, [name]]) => <th key={state} scope="col">{name}</th>)}<th scope="col">Oldest check</th></tr>
        </thead>
        <tbody>
          {rows.map(([key, name, space, row]) => (
            <tr key={key}>
              <th scope="row">{space ? <a href={linkTo(space, 'items')}>{name}</a> : name}</th>
              <td>{number(row.items)}</td>
              <td>{size(row.bytes ?? 0)}</td>
              {Object.entries(COPY_STATES).map(([state, [, tone]]) => (
                <td key={state}>{row.copies[state] > 0 ? <a class={tone} href={listOf(state, space, row.store)}>{number(row.copies[state])}</a> : '0'}</td>
              ))}
              <td>{row.oldest_check ? <time dateTime={row.oldest_check}>{time(row.oldest_check)}</time> : '–'}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length === 0 && <p class="quiet">Nothing was counted yet.</p>}
    </section>
  )
}

/** Where the copies of a figure are listed: what is wrong among the incidents, everything else in the space. */
function listOf(state, space, store) {
  if (COPY_STATES[state][1] === 'bad' || state === 'unreadable') return linkToArea('trust', 'incidents', { space: space ?? '', store })
  return space ? linkTo(space, 'items', { as: 'list' }) : linkToArea('trust', 'checks')
}
