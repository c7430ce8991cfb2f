/** One space: deposit files into it, look at what it holds, or bring back what was deleted. */
import { linkTo } from '../place.js'
import { Deleted } from './Deleted.jsx'
import { Deposit } from './Deposit.jsx'
import { Items } from './Items.jsx'
import { useHeading } from './use-heading.js'

export function Space({ space, view, session, stores, desk }) {
  const mayWrite = space.access === 'write'
  const shown = mayWrite ? view : 'items'
  const heading = useHeading(space.id)

  return (
    <>
      <div class="space-head">
        <h1 {...heading}>{space.id}</h1>
        <nav class="views" aria-label="Views of this space">
          {mayWrite && <a href={linkTo(space.id)} aria-current={shown === 'deposit' ? 'page' : undefined}>Deposit</a>}
          <a href={linkTo(space.id, 'items')} aria-current={shown === 'items' ? 'page' : undefined}>Items in this space</a>
          {mayWrite && <a href={linkTo(space.id, 'deleted')} aria-current={shown === 'deleted' ? 'page' : undefined}>Deleted</a>}
        </nav>
      </div>
      {!mayWrite && <p class="notice">You may read this space, not deposit into it.</p>}
      {shown === 'deposit' ? (
        <Deposit space={space.id} desk={desk} stores={stores} session={session} />
      ) : shown === 'deleted' ? (
        <Deleted space={space.id} session={session} stores={stores} />
      ) : (
        <Items space={space.id} session={session} stores={stores} />
      )}
    </>
  )
}
