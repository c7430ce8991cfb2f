/** A long list of which only the rows near the window are in the page; rows may differ in height. */
import { useEffect, useLayoutEffect, useReducer, useRef } from 'preact/hooks'

const BEYOND = 600 // pixels above and below the window that are rendered, too

/** `row(item, attributes)` gives the element of one item, an <li> with these attributes; `estimate` is the height of a row that was never seen. */
export function Windowed({ items, row, estimate, class: name }) {
  const [, again] = useReducer((times) => times + 1, 0)
  const list = useRef()
  const heights = useRef(new Map()) // by the item's key, of the rows that were seen
  const heightOf = (item) => heights.current.get(item.key) ?? estimate

  useEffect(() => {
    let asked = 0
    const ask = () => { asked ||= requestAnimationFrame(() => { asked = 0; again() }) }
    addEventListener('scroll', ask, { passive: true })
    addEventListener('resize', ask)
    return () => {
      cancelAnimationFrame(asked)
      removeEventListener('scroll', ask)
      removeEventListener('resize', ask)
    }
  }, [])

  const top = list.current?.getBoundingClientRect().top ?? 0
  const [from, to] = [-top - BEYOND, -top + innerHeight + BEYOND]
  let first = 0
  let above = 0
  while (first < items.length && above + heightOf(items[first]) < from) above += heightOf(items[first++])
  let last = first
  let end = above
  while (last < items.length && end < to) end += heightOf(items[last++])
  let below = 0
  for (let at = last; at < items.length; at++) below += heightOf(items[at])

  useLayoutEffect(() => {
    let changed = false
    for (let at = 0; at < last - first; at++) {
      const height = list.current.children[at]?.offsetHeight
      if (!height || height === heightOf(items[first + at])) continue
      heights.current.set(items[first + at].key, height)
      changed = true
    }
    if (changed || !list.mounted) again()
    list.mounted = true
  })

  return (
    <ul ref={list} class={name} style={{ paddingTop: `${above}px`, paddingBottom: `${below}px` }}>
      {items.slice(first, last).map((item, at) => row(item, { 'aria-setsize': items.length, 'aria-posinset': first + at + 1 }))}
    </ul>
  )
}
