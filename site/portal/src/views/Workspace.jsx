/** What a member sees once signed in: the spaces on one side, the chosen space on the other. */
import { useEffect, useState } from 'preact/hooks'
import { linkTo, placeFrom } from '../place.js'
import { SignInAgain } from './SignInAgain.jsx'
import { Space } from './Space.jsx'
import { Spaces } from './Spaces.jsx'
import { Total } from './Total.jsx'
import { useDesk } from './use-desk.js'
import { useHeading } from './use-heading.js'

export function Workspace({ session, me, stores, spaces: atSignIn, desk }) {
  const [spaces, setSpaces] = useState(atSignIn)
  const [place, setPlace] = useState(placeFrom(location.hash))
  useDesk(desk)
  const space = spaces.find(({ id }) => id === place.space) ?? (place.space === '' && spaces.length === 1 ? spaces[0] : undefined)

  useEffect(() => {
    const follow = () => setPlace(placeFrom(location.hash))
    addEventListener('hashchange', follow)
    return () => removeEventListener('hashchange', follow)
  }, [])

  async function create(id) {
    await session.createSpace(id)
    const listed = await session.spaces()
    // The answer 201 is proof enough, even when the list is a moment behind.
    setSpaces(listed.some((each) => each.id === id) ? listed : [...listed, { id, access: 'write' }])
    location.hash = linkTo(id)
  }

  return (
    <div class="workspace">
      <Spaces spaces={spaces} current={space?.id} underWay={desk.engine.totals.underWayBySpace} onCreate={me.roles.includes('admin') ? create : null} />
      <main>
        {space ? (
          <Space key={space.id} space={space} view={place.view} session={session} stores={stores} desk={desk} />
        ) : (
          <Nowhere spaces={spaces} asked={place.space} />
        )}
      </main>
      <Total desk={desk} copies={stores.length} />
      {desk.engine.holds.has('sign-in') && <SignInAgain username={me.username} session={session} onSignedIn={() => desk.engine.release('sign-in')} />}
    </div>
  )
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
