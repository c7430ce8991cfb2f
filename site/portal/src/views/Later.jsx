/** A part of the portal that is fetched when somebody goes there. */
import { useEffect, useState } from 'preact/hooks'

/** `load` imports a module whose `View` is shown with the other properties. */
export function Later({ load, ...properties }) {
  const [state, setState] = useState({})
  useEffect(() => {
    let wanted = true
    load().then(
      ({ View }) => wanted && setState({ View }),
      () => wanted && setState({ failed: true }),
    )
    return () => {
      wanted = false
    }
  }, [load])

  if (state.View) return <state.View {...properties} />
  return (
    <div class="later">
      {state.failed
        ? <p class="notice bad" role="alert">This part of the portal could not be loaded. Reload the page to try again.</p>
        : <p class="quiet" role="status">Loading …</p>}
    </div>
  )
}
