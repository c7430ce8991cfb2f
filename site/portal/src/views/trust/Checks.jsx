/** What is read next, what waits to be read, and what all checks cost in a year. */
import { linkToItem } from '../../place.js'
import { counted, size, storeName, time } from '../../words.js'
import { dollars, number } from '../../words/trust.js'
import { Told, Top } from '../Area.jsx'
import { useLoaded } from '../use-loaded.js'

export function Checks({ session, stores }) {
  const loaded = useLoaded(() => session.json('/api/fixity/plan'))
  const plan = loaded.value
  return (
    <>
      <Top title="Checks and what they cost"><button type="button" onClick={loaded.again}>Read again</button></Top>
      <Told loaded={loaded} what="the plan" />
      {plan && (
        <>
          <p>
            The next run reads {counted(plan.next_run.copies, 'copy').replace('copys', 'copies')} of {counted(plan.next_run.items, 'item')}, {size(plan.next_run.bytes)}, for {dollars(plan.next_run.dollars)}.
            A run reads at most {counted(plan.limits.items, 'item')}, {size(plan.limits.bytes)} and {dollars(plan.limits.dollars_a_day)} a day.
          </p>
          <section class="panel wide" tabIndex={0} aria-label="A year of checks, by store">
            <h2>A year of checks, by store</h2>
            <table>
              <thead><tr><th scope="col">Store</th><th scope="col">read every</th><th scope="col">copies</th><th scope="col">size</th><th scope="col">one check of all</th><th scope="col">a year</th></tr></thead>
              <tbody>
                {plan.stores.map((store) => (
                  <tr key={store.store}>
                    <th scope="row">{storeName(store.store, stores)}</th><td>{counted(store.check_days, 'day')}</td><td>{number(store.copies)}</td>
                    <td>{store.bytes == null ? 'not known' : size(store.bytes)}</td><td>{dollars(store.dollars_a_check)}</td><td>{dollars(store.dollars_a_year)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
            <p class="quiet small">Prices as of {plan.prices.as_of}.</p>
          </section>
          <Readings title="Read next" rows={plan.next_run.first} of={plan.next_run.items} stores={stores} />
          <Readings title="Waiting for a later run" rows={plan.waiting.first} of={plan.waiting.items} more={plan.waiting.more} stores={stores} />
        </>
      )}
    </>
  )
}

function Readings({ title, rows, of, more = false, stores }) {
  return (
    <section class="panel wide" tabIndex={0} aria-label={title}>
      <h2>{title}</h2>
      {rows.length === 0 ? <p class="quiet">Nothing.</p> : (
        <table>
          <thead><tr><th scope="col">Item</th><th scope="col">due</th><th scope="col">copies</th><th scope="col">size</th><th scope="col">cost</th></tr></thead>
          <tbody>
            {rows.map((row) => (
              <tr key={`${row.space}/${row.id}`}>
                <th scope="row"><a href={linkToItem(row.space, row.id)}><bdi>{row.id}</bdi></a> <span class="quiet">in {row.space}</span></th>
                <td>{row.due ? <time dateTime={row.due}>{time(row.due)}</time> : 'now'}</td><td>{row.stores.map((id) => storeName(id, stores)).join(', ')}</td><td>{size(row.bytes)}</td><td>{dollars(row.dollars)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {(rows.length < of || more) && <p class="quiet small">The first {number(rows.length)} of {number(of)}{more && ' or more'} are shown.</p>}
    </section>
  )
}
