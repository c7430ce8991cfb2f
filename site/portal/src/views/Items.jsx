/** What a space holds already: a hundred items at a time, by the beginning of their names. */
import { useEffect, useRef, useState } from 'preact/hooks'
import { announce } from '../announce.js'
import { counted } from '../words.js'
import { ItemRow } from './ItemRow.jsx'

const PAGE = 100

export function Items({ space, session, stores }) {
  const [list, setList] = useState({ items: [], next: null, loading: true })
  const [prefix, setPrefix] = useState('')
  const turn = useRef(0)

  async function load(before, after = '', wanted = prefix) {
    const mine = ++turn.current // an older answer must not overwrite a newer one
    setList({ ...list, items: before, loading: true, problem: null })
    try {
      const page = await session.items(space, { prefix: wanted, after, limit: PAGE })
      if (mine !== turn.current) return
      const items = [...before, ...page.items]
      setList({ items, next: page.next })
      announce(`${counted(items.length, 'item')} shown${page.next ? ', there are more' : ''}`)
    } catch (error) {
      if (mine === turn.current) setList({ items: before, next: after || null, problem: error.message })
    }
  }
  useEffect(() => {
    load([])
    return () => turn.current++
  }, [])

  function filter(event) {
    event.preventDefault()
    const wanted = new FormData(event.currentTarget).get('prefix').normalize('NFC')
    setPrefix(wanted)
    load([], '', wanted)
  }

  return (
    <section aria-label="Items in this space" aria-busy={list.loading}>
      <form class="list-head" role="search" onSubmit={filter}>
        <label class="inline">Name begins with <input name="prefix" autocomplete="off" spellcheck={false} /></label>
        <button>{prefix ? 'Show these' : 'Show'}</button>
        <button type="button" onClick={() => load([])}>Read again</button>
      </form>
      {list.problem && <p class="notice bad" role="alert">{list.problem}</p>}
      {!list.loading && !list.problem && list.items.length === 0 && (
        <p class="empty quiet">{prefix ? 'No item’s name begins like this.' : 'This space is empty.'}</p>
      )}
      <ul class="rows">
        {list.items.map((item) => (
          <ItemRow key={item.id} item={item} space={space} session={session} stores={stores} />
        ))}
      </ul>
      {list.loading && <p class="quiet">Reading …</p>}
      {list.next && !list.loading && <button type="button" onClick={() => load(list.items, list.next)}>More</button>}
    </section>
  )
}
