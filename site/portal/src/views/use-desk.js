/** Re-renders a view as often as the desk tells, ten times a second at most. */
import { useEffect, useReducer } from 'preact/hooks'

export function useDesk(desk) {
  const [, again] = useReducer((times) => times + 1, 0)
  useEffect(() => desk.onChange(again), [desk])
}
