/** What a member sees once signed in: the spaces on one side, the chosen space on the other. */
import { useState } from 'preact/hooks'
import { announce } from '../announce.js'
import { linkTo } from '../place.js'
import { Later } from './Later.jsx'
import { mayAdminister } from './Header.jsx'
import { SignInAgain } from './SignInAgain.jsx'
import { Space } from './Space.jsx'
import { Spaces } from './Spaces.jsx'
import { Total } from './Total.jsx'
import { useDesk } from './use-desk.js'
import { useHeading } from './use-heading.js'
import { usePlace } from './use-place.js'

/** Fetched when somebody goes there: most members never do. */
const AREAS = {
  trust: () => import('./trust/Trust.jsx'),
  admin: () => import('./admin/Administer.jsx'),
  account: () => import('./admin/Account.jsx'),
}

export function Workspace({ session, me, stores, spaces: atSignIn, desk }) {
  const [spaces, setSpaces] = useState(atSignIn)
  const place = usePlace()
  useDesk(desk)
  const space = spaces.find(({ id }) => id === place.space) ?? (place.space === '' && spaces.length === 1 ? spaces[0] : undefined)

  async function create(id) {
    await session.createSpace(id)
    const listed = await session.spaces()
    // The answer 201 is proof enough, even when the list is a moment behind.
    setSpaces(listed.some((each) => each.id === id) ? listed : [...listed, { id, access: 'write' }])
    location.hash = linkTo(id)
  }

  function removed(id) {
    setSpaces(spaces.filter((each) => each.id !== id))
    announce(`${id} is being removed`)
    location.hash = '#/spaces'
  }

  const mayGo = place.area === 'account' || mayAdminister(me)
  return (
    <div class="workspace">
      {!Object.hasOwn(AREAS, place.area) ? (
        <>
          <Spaces spaces={spaces} current={space?.id} underWay={desk.engine.totals.underWayBySpace} onCreate={mayAdminister(me) ? create : null} />
          <main>
            {space ? (
              <Space key={space.id} space={space} place={place} me={me} session={session} stores={stores} desk={desk} onRemoved={removed} />
            ) : (
              <Nowhere spaces={spaces} asked={place.space} />
            )}
          </main>
        </>
      ) : mayGo ? (
        <Later key={place.area} load={AREAS[place.area]} place={place} me={me} session={session} stores={stores} spaces={spaces} />
      ) : (
        <main><NotAllowed /></main>
      )}
      <Total desk={desk} copies={stores.length} />
      {desk.engine.holds.has('sign-in') && <SignInAgain username={me.username} session={session} onSignedIn={() => desk.engine.release('sign-in')} />}
    </div>
  )
}

function NotAllowed() {
  const heading = useHeading()
  return <div class="empty"><h1 {...heading}>For administrators</h1><p class="quiet">Your role does not lead here.</p></div>
}

function Nowhere({ spaces, asked }) {
  const heading = useHeading()
  return (
    <div class="empty">
      <h1 {...heading}>{spaces.length ? 'Choose a space' : 'No spaces yet'}</h1>
      {asked && <p>There is no space “{asked}”, or you may not see it.</p>}
      <p class="quiet">{spaces.length ? 'A space holds the files of one collection.' : 'An administrator can create a space or give you access to one.'}</p>
    </div>
  )
}
