/** A long list of which only the rows near the window are in the page; rows may differ in height. */
import { useEffect, useLayoutEffect, useReducer, useRef, useState } from 'preact/hooks'

const BEYOND = 600 // pixels above and below the window that are rendered, too

/** `row(item, attributes)` gives the element of one item, an <li> with these attributes; `estimate` is the height of a row that was never seen. */
export function Windowed({ items, row, estimate, class: name }) {
  const [, again] = useReducer((times) => times + 1, 0)
  const list = useRef()
  const [focused, setFocused] = useState(null) // the key of the row that has the focus
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

  // The row that has the focus stays in the page when it is scrolled away, beside the others and out of sight: or the keyboard would start anew.
  const kept = focused === null ? -1 : items.findIndex(({ key }) => key === focused)
  const away = kept >= 0 && (kept < first || kept >= last)
  const shown = Array.from({ length: last - first }, (_, at) => first + at)
  if (away) shown.splice(kept < first ? 0 : shown.length, 0, kept)
  const placeOf = (index) => items.slice(0, index).reduce((sum, item) => sum + heightOf(item), 0)

  useLayoutEffect(() => {
    let changed = false
    for (const [at, index] of shown.entries()) {
      const height = list.current.children[at]?.offsetHeight
      if (!height || (away && index === kept) || height === heightOf(items[index])) continue
      heights.current.set(items[index].key, height)
      changed = true
    }
    if (changed || !list.mounted) again()
    list.mounted = true
  })

  return (
    <ul
      ref={list}
      class={name}
      style={{ position: 'relative', paddingTop: `${above}px`, paddingBottom: `${below}px` }}
      onFocusIn={(event) => setFocused(items[shown[[...list.current.children].findIndex((each) => each.contains(event.target))]]?.key ?? null)}
      onFocusOut={() => setFocused(null)}
    >
      {shown.map((index) =>
        row(items[index], {
          'aria-setsize': items.length,
          'aria-posinset': index + 1,
          style: away && index === kept ? { position: 'absolute', top: `${placeOf(index)}px`, insetInline: 0 } : {},
        }),
      )}
    </ul>
  )
}
