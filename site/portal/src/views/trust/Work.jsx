/** What waits in the background, since when, and which promises that breaks. */
import { linkToArea, linkToItem } from '../../place.js'
import { storeName, time } from '../../words.js'
import { ageOf, number, queueName } from '../../words/trust.js'
import { Told, Top } from '../Area.jsx'
import { useLoaded } from '../use-loaded.js'

export function Work({ session, stores }) {
  const loaded = useLoaded(async () => ({ ...(await session.json('/api/backlog')), now: Date.now() }))
  const found = loaded.value
  const oldest = found?.oldest_unreplicated
  return (
    <>
      <Top title="Work in the background"><button type="button" onClick={loaded.again}>Read again</button></Top>
      <Told loaded={loaded} what="what waits" />
      {found && (
        <>
          {found.late.length > 0
            ? <p class="notice bad" role="alert">Promises that are broken now: {found.late.join(', ')}.</p>
            : <p class="notice"><span>Copies are made within {number(found.promised_hours.copies)} hours, and checks are at most {number(found.promised_hours.checks)} hours late: both promises are kept.</span></p>}
          <section class="panel wide" tabIndex={0} aria-label="Queues">
            <h2>Queues</h2>
            <table>
              <thead><tr><th scope="col">Work</th><th scope="col">waiting</th><th scope="col">being done</th></tr></thead>
              <tbody>{found.queues.map((queue) => <tr key={queue.queue}><th scope="row">{queueName(queue.queue)}</th><td>{number(queue.waiting)}</td><td>{number(queue.in_flight)}</td></tr>)}</tbody>
            </table>
          </section>
          <section class="panel" aria-labelledby="waiting">
            <h2 id="waiting">What waits longest</h2>
            <dl class="facts">
              <div><dt>Item without all its copies</dt><dd>{oldest ? <><a href={linkToItem(oldest.space, oldest.id)}><bdi>{oldest.id}</bdi></a> in {oldest.space}, for {ageOf(oldest.since, found.now)}: {oldest.stores.map((id) => storeName(id, stores)).join(', ')}</> : 'none'}</dd></div>
              <div><dt>Overdue checks</dt><dd><a href={linkToArea('trust', 'checks')}>{number(found.overdue_checks)}</a>{found.overdue_since && <>, since <time dateTime={found.overdue_since}>{time(found.overdue_since)}</time></>}</dd></div>
              <div><dt>Jobs that were given up</dt><dd><a href={linkToArea('admin', 'dead-letters')}>{number(found.dead_letters)}</a></dd></div>
              <div><dt>Jobs that do not move</dt><dd>{number(found.stuck.length)}</dd></div>
            </dl>
            {found.stuck.length > 0 && <ul class="few">{found.stuck.map((job, at) => <li key={at}>{queueName(job.queue)}, sent <time dateTime={job.sent}>{time(job.sent)}</time>: <code>{job.message}</code></li>)}</ul>}
          </section>
        </>
      )}
    </>
  )
}
