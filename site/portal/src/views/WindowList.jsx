/** A list of any length of which only the rows near the window are in the page; all rows have one height, which the styles say. */
import { useEffect, useLayoutEffect, useReducer, useRef, useState } from 'preact/hooks'

const BEYOND = 12 // rows above and below the window that are in the page, too

/** `row(index)` gives what is in a row; `total` is null while it is not known; `onEnd` is called when the last row comes near. */
export function WindowList({ count, total, row, keyOf, onEnd, label, class: name = '' }) {
  const [, again] = useReducer((times) => times + 1, 0)
  const [height, setHeight] = useState(56) // pixels, until a row was measured
  const [focused, setFocused] = useState(-1)
  const list = useRef()

  useEffect(() => {
    let asked = 0
    const ask = () => (asked ||= requestAnimationFrame(() => { asked = 0; again() }))
    addEventListener('scroll', ask, { passive: true })
    addEventListener('resize', ask)
    again() // now it is known where the list stands
    return () => {
      cancelAnimationFrame(asked)
      removeEventListener('scroll', ask)
      removeEventListener('resize', ask)
    }
  }, [])
  useLayoutEffect(() => {
    const found = list.current.firstElementChild?.offsetHeight
    if (found && found !== height) setHeight(found)
  })

  const top = list.current?.getBoundingClientRect().top ?? 0
  const first = Math.max(0, Math.floor(-top / height) - BEYOND)
  const last = Math.min(count, Math.ceil((innerHeight - top) / height) + BEYOND)
  useEffect(() => {
    if (last >= count) onEnd?.()
  }, [last, count])

  const shown = Array.from({ length: Math.max(0, last - first) }, (_, at) => first + at)
  // The row that has the focus stays in the page when it is scrolled away, or the keyboard would start anew.
  if (focused >= 0 && focused < count && (focused < first || focused >= last)) shown.splice(focused < first ? 0 : shown.length, 0, focused)

  return (
    <ul ref={list} class={`window ${name}`} aria-label={label} style={{ height: `${count * height}px` }}>
      {shown.map((index) => (
        <li
          key={keyOf(index)}
          style={{ top: `${index * height}px` }}
          aria-setsize={total ?? -1}
          aria-posinset={index + 1}
          onFocusIn={() => setFocused(index)}
          onFocusOut={() => setFocused(-1)}
        >
          {row(index)}
        </li>
      ))}
    </ul>
  )
}
