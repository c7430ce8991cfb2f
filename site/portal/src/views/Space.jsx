/** One space: deposit files into it, or look at what it holds. */
import { linkTo } from '../place.js'
import { Deposit } from './Deposit.jsx'
import { Items } from './Items.jsx'
import { useHeading } from './use-heading.js'

export function Space({ space, view, session, stores, desk, uploads }) {
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
        </nav>
      </div>
      {!mayWrite && <p class="notice">You may read this space, not deposit into it.</p>}
      {shown === 'deposit' ? (
        <Deposit space={space.id} desk={desk} uploads={uploads} stores={stores} session={session} />
      ) : (
        <Items space={space.id} session={session} stores={stores} />
      )}
    </>
  )
}
