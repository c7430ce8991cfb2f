/** The place in the address as view state. */
import { useEffect, useState } from 'preact/hooks'
import { placeFrom } from '../place.js'

export function usePlace() {
  const [place, setPlace] = useState(() => placeFrom(location.hash))
  useEffect(() => {
    const follow = () => setPlace(placeFrom(location.hash))
    addEventListener('hashchange', follow)
    return () => removeEventListener('hashchange', follow)
  }, [])
  return place
}
