/** The whole page: a header, then the sign-in form or the member's workspace. */
import { useEffect, useState } from 'preact/hooks'
import { resumed } from '../api.js'
import { openDesk } from '../desk.js'
import { Header } from './Header.jsx'
import { LiveRegion } from './LiveRegion.jsx'
import { SignIn } from './SignIn.jsx'
import { usePlace } from './use-place.js'
import { Welcome } from './Welcome.jsx'
import { Workspace } from './Workspace.jsx'

export function App() {
  const [member, setMember] = useState(null)
  const { area } = usePlace()
  const [asking, setAsking] = useState(true) // whether this browser is signed in already

  useEffect(() => {
    const resume = async () => {
      const session = await resumed()
      if (session) await enter(session)
    }
    resume().catch(() => {}).finally(() => setAsking(false)) // who cannot be resumed signs in
  }, [])

  useEffect(() => {
    if (!member) return
    const warn = (event) => member.desk.isBusy() && event.preventDefault()
    addEventListener('beforeunload', warn)
    return () => removeEventListener('beforeunload', warn)
  }, [member])

  useEffect(() => {
    // A file dropped where nobody takes it would replace the page, and the session with it.
    const guard = (event) => {
      if (event.defaultPrevented || !event.dataTransfer?.types.includes('Files')) return
      event.preventDefault()
      event.dataTransfer.dropEffect = 'none'
    }
    addEventListener('dragover', guard)
    addEventListener('drop', guard)
    return () => {
      removeEventListener('dragover', guard)
      removeEventListener('drop', guard)
    }
  }, [])

  async function enter(session) {
    const [me, stores, spaces] = await Promise.all([session.me(), session.stores(), session.spaces()])
    setMember({ session, me, stores, spaces, desk: await openDesk(session, stores, me.username) })
  }

  async function leave() {
    if (member.desk.isBusy() && !confirm('Some files have not been sent yet. Sign out and stop sending them?')) return
    try {
      await member.session.signOut()
    } catch (error) {
      if (error.status !== 401) return alert(`You are still signed in. ${error.message}`)
    }
    member.desk.close()
    setMember(null)
  }

  return (
    <>
      <Header me={member?.me} onSignOut={leave} />
      {member ? <Workspace {...member} /> : !asking && (area === 'welcome' ? <Welcome /> : <SignIn onSignedIn={enter} />)}
      <LiveRegion />
    </>
  )
}
