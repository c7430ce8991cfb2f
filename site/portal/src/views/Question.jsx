/** A question in a dialog before something is done that is hard to take back; it keeps the focus and gives it back. */
import { useEffect, useRef, useState } from 'preact/hooks'

/**
 * `act` does it and may reject with a reason; `onClose(true)` tells that it was done, `onClose(false)` that it was not.
 * With `typed`, the answer is to type that text; otherwise the focus is on the way back, not on the way ahead.
 */
export function Question({ title, children, typed = null, label, danger = false, act, onClose }) {
  const dialog = useRef()
  const [text, setText] = useState('')
  const [state, setState] = useState({})
  useEffect(() => {
    const [element, before] = [dialog.current, document.activeElement]
    element.showModal()
    return () => {
      element.close()
      before?.focus() // a dialog that leaves the page as it closes does not give the focus back by itself
    }
  }, [])

  async function submit(event) {
    event.preventDefault()
    const fields = new FormData(event.currentTarget)
    setState({ busy: true })
    try {
      await act(fields)
      onClose(true)
    } catch (error) {
      setState({ problem: error.message })
    }
  }
  function cancel(event) {
    event.preventDefault()
    if (!state.busy) onClose(false)
  }

  return (
    <dialog ref={dialog} class="card" aria-labelledby="question" onCancel={cancel}>
      <form onSubmit={submit}>
        <h2 id="question">{title}</h2>
        {children}
        {typed !== null && (
          <label>
            <span>Type <code>{typed}</code> to go on</span>
            <input value={text} onInput={(event) => setText(event.currentTarget.value)} autocomplete="off" autocapitalize="none" spellcheck={false} autofocus />
          </label>
        )}
        {state.problem && <p class="notice bad" role="alert">{state.problem}</p>}
        <div class="row">
          <button class={danger ? 'danger' : 'main'} disabled={state.busy || (typed !== null && text !== typed)}>{state.busy ? 'One moment …' : label}</button>
          <button type="button" onClick={cancel} autofocus={typed === null && danger}>Cancel</button>
        </div>
      </form>
    </dialog>
  )
}
