/** What the service told, as view state: the value, a problem in words, whether it is being read, and a way to read it again. */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks'

/** Reads when the view appears and whenever one of `keys` changes; an older answer never overwrites a newer one. */
export function useLoaded(read, keys = []) {
  const [state, setState] = useState({ value: null, problem: null, loading: true })
  const turn = useRef(0)
  const latest = useRef()
  latest.current = read

  const again = useCallback(async () => {
    const mine = ++turn.current
    setState((before) => ({ ...before, loading: true }))
    try {
      const value = await latest.current()
      if (mine === turn.current) setState({ value, problem: null, loading: false })
    } catch (error) {
      if (mine === turn.current) setState((before) => ({ ...before, problem: error, loading: false }))
    }
  }, [])
  useEffect(() => {
    setState({ value: null, problem: null, loading: true })
    again()
    return () => turn.current++
  }, keys)
  return { ...state, again }
}
