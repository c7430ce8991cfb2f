/** What was deleted in a space and can still be brought back. */
import { useEffect, useRef, useState } from 'preact/hooks'
import { announce } from '../announce.js'
import { comesFrom, counted, size, time } from '../words.js'
import { FileName } from './FileName.jsx'

const PAGE = 100

export function Deleted({ space, session, stores }) {
  const [list, setList] = useState({ items: [], next: null, loading: true })
  const turn = useRef(0)

  async function load(before, after = '') {
    const mine = ++turn.current // an older answer must not overwrite a newer one
    setList({ ...list, items: before, loading: true, problem: null })
    try {
      const page = await session.deleted(space, { after, limit: PAGE })
      if (mine !== turn.current) return
      const items = [...before, ...page.items]
      setList({ items, next: page.next })
      announce(`${counted(items.length, 'deleted item')} shown${page.next ? ', there are more' : ''}`)
    } catch (error) {
      if (mine === turn.current) setList({ items: before, next: after || null, problem: error.message })
    }
  }
  useEffect(() => {
    load([])
    return () => turn.current++
  }, [])

  return (
    <section aria-label="Deleted items" aria-busy={list.loading}>
      <div class="list-head">
        <p class="quiet">Deleted items are kept for a while. Bring one back, and it is as it was.</p>
        <button type="button" onClick={() => load([])}>Read again</button>
      </div>
      {list.problem && <p class="notice bad" role="alert">{list.problem}</p>}
      {!list.loading && !list.problem && list.items.length === 0 && !list.next && (
        <p class="empty quiet">Nothing that was deleted here can be brought back.</p>
      )}
      <ul class="rows">
        {list.items.map((item) => (
          <DeletedRow key={item.id} item={item} space={space} session={session} stores={stores} />
        ))}
      </ul>
      {list.loading && <p class="quiet">Reading …</p>}
      {list.next && !list.loading && <button type="button" onClick={() => load(list.items, list.next)}>More</button>}
    </section>
  )
}

function DeletedRow({ item, space, session, stores }) {
  const [state, setState] = useState({})
  const told = useRef()
  useEffect(() => {
    if (state.back) told.current?.focus() // the button that had the focus is gone
  }, [state.back])

  async function bringBack() {
    setState({ busy: true })
    try {
      const { readable } = await session.undelete(space, item.id)
      setState({ back: readable ? 'It is back.' : 'It is back; its bytes follow soon.' })
      announce(`${item.id} was brought back`)
    } catch (error) {
      setState({ problem: error.message })
    }
  }

  return (
    <li class="item" data-testid="deleted">
      <div class="item-line">
        <FileName id={item.id} />
        <span class="size">{size(item.size)}</span>
        <span class="phase quiet">
          deleted <time dateTime={item.deleted_at}>{time(item.deleted_at)}</time>
          {item.deleted_by && ` by ${item.deleted_by}`}, kept until <time dateTime={item.held_until}>{time(item.held_until)}</time>
        </span>
        <span class="actions">
          {!state.back && (
            <button type="button" class="small" disabled={state.busy} onClick={bringBack}>
              Bring back<span class="unseen"> {item.id}</span>
            </button>
          )}
        </span>
      </div>
      <p class="quiet small">{comesFrom(item, stores)}</p>
      {state.back && <p class="notice" tabIndex={-1} ref={told}>{state.back}</p>}
      {state.problem && <p class="notice bad" role="alert">{state.problem}</p>}
    </li>
  )
}
