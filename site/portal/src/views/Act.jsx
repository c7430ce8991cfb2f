/** A button that asks the service for something, and tells the reason beside it when that was refused. */
import { useState } from 'preact/hooks'
import { announce } from '../announce.js'

/** `act` does it; then `told` is read aloud and `done` stands there; `about` names what it is for to those who do not see the row. */
export function Act({ label, about, act, told, done, kind = 'small' }) {
  const [state, setState] = useState({})
  async function go() {
    setState({ busy: true })
    try {
      await act()
      if (told) announce(told)
      setState({ done })
    } catch (error) {
      setState({ problem: error.message })
    }
  }
  return (
    <>
      <button type="button" class={kind} disabled={state.busy} onClick={go}>{label}{about && <span class="unseen"> {about}</span>}</button>
      {state.problem && <span class="bad small" role="alert">{state.problem}</span>}
      {state.done && <span class="quiet small">{state.done}</span>}
    </>
  )
}

/** A form whose button stays off while the service is asked; `act` gets the fields, and may reject with the reason. */
export function Form({ label, act, told, children, title }) {
  const [state, setState] = useState({})
  async function submit(event) {
    event.preventDefault()
    const form = event.currentTarget
    setState({ busy: true })
    try {
      await act(new FormData(form), form)
      if (told) announce(told)
      setState({})
    } catch (error) {
      setState({ problem: error.message })
    }
  }
  return (
    <form class="form" onSubmit={submit} aria-label={title}>
      {children}
      {state.problem && <p class="notice bad" role="alert">{state.problem}</p>}
      <button class="main" disabled={state.busy}>{label}</button>
    </form>
  )
}
