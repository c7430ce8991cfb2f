/** One space: deposit files into it, look at what it holds, bring back what was deleted, set who may do what. */
import { linkTo } from '../place.js'
import { Deleted } from './Deleted.jsx'
import { Deposit } from './Deposit.jsx'
import { ItemPage } from './items/ItemPage.jsx'
import { Items } from './items/Items.jsx'
import { mayAdminister } from './Header.jsx'
import { Later } from './Later.jsx'
import { Receipts } from './Receipts.jsx'
import { useHeading } from './use-heading.js'

const VIEWS = { deposit: 'Deposit', items: 'Items in this space', receipts: 'Receipts', deleted: 'Deleted', settings: 'Settings' }
const FOR_WRITERS = ['deposit', 'items', 'receipts', 'deleted']
const FOR_READERS = ['items', 'receipts']
const settings = () => import('./space/Settings.jsx')

export function Space({ space, place, me, session, stores, desk, onRemoved }) {
  const mayWrite = space.access === 'write'
  const views = mayAdminister(me) ? Object.keys(VIEWS) : mayWrite ? FOR_WRITERS : FOR_READERS
  const shown = views.includes(place.view) ? place.view : 'items'
  const common = { space: space.id, session, stores }

  if (shown === 'items' && place.item) return <ItemPage key={place.item} id={place.item} mayWrite={mayWrite} me={me} {...common} />
  return (
    <>
      <div class="space-head">
        <Title id={space.id} />
        <nav class="views" aria-label="Views of this space">
          {views.map((view) => (
            <a key={view} href={linkTo(space.id, view)} aria-current={shown === view ? 'page' : undefined}>{VIEWS[view]}</a>
          ))}
        </nav>
      </div>
      {!mayWrite && <p class="notice">You may read this space, not deposit into it.</p>}
      {shown === 'deposit' && <Deposit desk={desk} {...common} />}
      {shown === 'receipts' && <Receipts {...common} />}
      {shown === 'deleted' && <Deleted {...common} />}
      {shown === 'settings' && <Later load={settings} me={me} onRemoved={onRemoved} {...common} />}
      {shown === 'items' && <Items query={place.query} mayWrite={mayWrite} {...common} />}
    </>
  )
}

function Title({ id }) {
  const heading = useHeading(id)
  return <h1 {...heading}>{id}</h1>
}
