/** A list that the service gives page by page, as view state. */
import { useEffect, useRef, useState } from 'preact/hooks'

/** `read(after)` gives {rows, next}; pages without rows are passed over. Begins anew whenever one of `keys` changes. */
export function usePages(read, keys = []) {
  const [list, setList] = useState({ rows: [], next: null, loading: true, problem: null })
  const turn = useRef(0)

  async function load(before = [], after = '') {
    const mine = ++turn.current // an older answer must not overwrite a newer one
    setList({ rows: before, next: null, loading: true, problem: null })
    try {
      let page
      do {
        page = await read(after)
        after = page.next ?? ''
      } while (page.rows.length === 0 && page.next && mine === turn.current)
      if (mine === turn.current) setList({ rows: [...before, ...page.rows], next: page.next, loading: false, problem: null })
    } catch (problem) {
      if (mine === turn.current) setList({ rows: before, next: after || null, loading: false, problem })
    }
  }
  useEffect(() => {
    load()
    return () => turn.current++
  }, keys)
  return { ...list, value: list.loading && !list.rows.length ? null : list.rows, again: () => load(), more: () => load(list.rows, list.next) }
}
