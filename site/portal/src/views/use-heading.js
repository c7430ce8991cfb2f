/** Gives the focus to a new page's heading, so that keyboard and screen reader begin there, and names the window after it. */
import { useEffect, useRef } from 'preact/hooks'

export function useHeading(title) {
  const heading = useRef()
  useEffect(() => {
    heading.current.focus()
    document.title = title ? `${title} – DuraCloud portal` : 'DuraCloud portal'
    return () => {
      document.title = 'DuraCloud portal'
    }
  }, [title])
  return { ref: heading, tabIndex: -1 }
}
