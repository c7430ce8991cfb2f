/** An item that is not there (any more): when it was deleted a short time ago, it can be brought back. */
import { useState } from 'preact/hooks'
import { announce } from '../../announce.js'
import { justBefore } from '../../content-id.js'
import { comesFrom, size, time } from '../../words.js'
import { useLoaded } from '../use-loaded.js'
import { Timeline } from './Timeline.jsx'

export function Gone({ space, id, session, stores, mayWrite, onBack }) {
  const { value: deleted, loading } = useLoaded(() => (mayWrite ? findDeleted(session, space, id) : null), [space, id])
  const [problem, setProblem] = useState(null)

  async function bringBack() {
    try {
      const { readable } = await session.undelete(space, id)
      announce(readable ? 'It is back.' : 'It is back; its bytes follow soon.')
      onBack()
    } catch (error) {
      setProblem(error.message)
    }
  }

  if (loading) return <p class="quiet">Reading …</p>
  return (
    <>
      {deleted ? (
        <section class="panel" aria-label="Deleted" data-testid="gone">
          <p>
            This item ({size(deleted.size)}) was deleted <time dateTime={deleted.deleted_at}>{time(deleted.deleted_at)}</time>
            {deleted.deleted_by && ` by ${deleted.deleted_by}`}. It is kept until <time dateTime={deleted.held_until}>{time(deleted.held_until)}</time>.
          </p>
          <p class="quiet small">{comesFrom(deleted, stores)}</p>
          {problem && <p class="notice bad" role="alert">{problem}</p>}
          <div class="row"><button type="button" class="main" onClick={bringBack}>Bring it back</button></div>
        </section>
      ) : (
        <p class="notice" role="alert">There is no such item in this space now. If there was one, its history tells what became of it.</p>
      )}
      <Timeline space={space} id={id} session={session} stores={stores} />
    </>
  )
}

async function findDeleted(session, space, id) {
  for (let after = justBefore(id); ; ) {
    const { items, next } = await session.deleted(space, { after, limit: 10 })
    const found = items.find((item) => item.id === id)
    if (found || !next || next >= id) return found ?? null
    after = next
  }
}
