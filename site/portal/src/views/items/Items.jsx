/** What a space holds: folder by folder or as one list, however long; several items can be chosen and downloaded or deleted together. */
import { useEffect, useMemo, useReducer, useState } from 'preact/hooks'
import { announce } from '../../announce.js'
import { createListing, wayTo } from '../../listing.js'
import { linkTo } from '../../place.js'
import { searchIn } from '../../search.js'
import { counted } from '../../words.js'
import { WindowList } from '../WindowList.jsx'
import { Chosen } from './Chosen.jsx'
import { Row } from './Row.jsx'
import { Search } from './Search.jsx'

export function Items({ space, session, stores, mayWrite, query }) {
  const { in: folder = '', begins = '', as = 'folders' } = query
  const [times, readAgain] = useReducer((before) => before + 1, 0)
  const [, changed] = useReducer((before) => before + 1, 0)
  const [problem, setProblem] = useState(null)
  const [chosen, setChosen] = useState(new Map())
  const search = searchIn(query)
  const asked = JSON.stringify(search)
  const tree = as !== 'list' && !search
  const listing = useMemo(
    () => createListing((page) => session.items(space, page), { prefix: folder + begins, tree, wanted: search ?? {} }),
    [space, folder, begins, tree, asked, times],
  )
  const there = (more) => linkTo(space, 'items', { ...query, ...more })

  async function more() {
    if (listing.done || listing.loading) return
    setProblem(null)
    const asked = listing.more()
    changed()
    try {
      await asked
      announce(`${counted(listing.rows.length, 'row')} read${listing.done ? '' : ', there are more'}`)
    } catch (error) {
      setProblem(error.message)
    }
    changed()
  }
  useEffect(() => {
    setChosen(new Map())
    more()
    return listing.stop
  }, [listing])

  function choose(item, on) {
    const next = new Map(chosen)
    on ? next.set(item.id, item) : next.delete(item.id)
    setChosen(next)
  }
  function chooseAll(on) {
    setChosen(on ? new Map(listing.rows.filter(({ kind }) => kind === 'item').map(({ item }) => [item.id, item])) : new Map())
  }
  function filter(event) {
    event.preventDefault()
    location.hash = there({ begins: new FormData(event.currentTarget).get('begins').normalize('NFC') })
  }

  const { rows } = listing
  const items = rows.reduce((sum, { kind }) => sum + (kind === 'item'), 0)
  return (
    <section aria-label="Items in this space" aria-busy={Boolean(listing.loading)}>
      {folder && <Way space={space} folder={folder} there={there} />}
      <div class="list-head">
        <form class="row" role="search" onSubmit={filter}>
          <label class="inline">Name begins with <input name="begins" key={begins} defaultValue={begins} autocomplete="off" spellcheck={false} /></label>
          <button>Show</button>
        </form>
        {!search && (
          <nav class="filters" aria-label="Show as">
            <a href={there({ as: '' })} aria-current={tree ? 'true' : undefined}>Folders</a>
            <a href={there({ as: 'list' })} aria-current={tree ? undefined : 'true'}>One list</a>
          </nav>
        )}
        <button type="button" onClick={readAgain}>Read again</button>
      </div>
      <Search search={search} folder={folder} there={there} stores={stores} />
      {items > 0 && (
        <Chosen chosen={chosen} items={items} whole={listing.done} onAll={chooseAll} onDeleted={readAgain} space={space} session={session} mayWrite={mayWrite} />
      )}
      {listing.done && rows.length === 0 && <p class="empty quiet">{search ? 'No item is like this.' : folder || begins ? 'No item’s name begins like this.' : 'This space is empty.'}</p>}
      <WindowList
        key={`${folder}?${begins}?${as}?${asked}?${times}`}
        count={rows.length}
        total={listing.done ? rows.length : null}
        keyOf={(index) => `${rows[index].kind} ${rows[index].key}`}
        row={(index) => <Row row={rows[index]} space={space} stores={stores} there={there} tree={tree} chosen={chosen.has(rows[index].key)} onChoose={choose} />}
        onEnd={problem ? null : more}
        label="Items"
      />
      {problem && (
        <p class="notice bad" role="alert"><span>{problem}</span><button type="button" class="small" onClick={more}>Try again</button></p>
      )}
      {listing.loading && <p class="quiet">Reading …</p>}
    </section>
  )
}

function Way({ folder, there }) {
  const way = wayTo(folder)
  return (
    <nav class="way" aria-label="Folders above">
      <a href={there({ in: '', begins: '' })}>All</a>
      {way.map(({ name, path }) => (
        <span key={path}>
          <span aria-hidden="true"> / </span>
          <a href={there({ in: path, begins: '' })} aria-current={path === folder ? 'location' : undefined}><bdi>{name}</bdi></a>
        </span>
      ))}
    </nav>
  )
}
