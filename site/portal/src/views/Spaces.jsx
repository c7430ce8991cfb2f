/** The list of spaces a member may see; administrators also create one here. */
import { useEffect, useRef, useState } from 'preact/hooks'
import { linkTo } from '../place.js'

export function Spaces({ spaces, current, underWay, onCreate }) {
  const here = useRef()
  useEffect(() => here.current?.scrollIntoView({ block: 'nearest', inline: 'nearest' }), [current])

  return (
    <nav class="spaces" aria-label="Spaces">
      <h2>Spaces</h2>
      <ul>
        {spaces.map(({ id, access }) => (
          <li key={id}>
            <a href={linkTo(id)} ref={id === current ? here : undefined} aria-current={id === current ? 'page' : undefined} data-testid="space">
              <span class="name">{id}</span>
              {access === 'read' && <span class="tag">read only</span>}
              {underWay.get(id) > 0 && <span class="tag">{underWay.get(id).toLocaleString('en-GB')} to send</span>}
            </a>
          </li>
        ))}
      </ul>
      {onCreate && <NewSpace onCreate={onCreate} />}
    </nav>
  )
}

function NewSpace({ onCreate }) {
  const [open, setOpen] = useState(false)
  const [problem, setProblem] = useState(null)
  const [busy, setBusy] = useState(false)

  async function submit(event) {
    event.preventDefault()
    const id = new FormData(event.currentTarget).get('space').trim()
    setBusy(true)
    setProblem(null)
    try {
      await onCreate(id)
      setOpen(false)
    } catch (error) {
      setProblem(error.message)
    } finally {
      setBusy(false)
    }
  }

  if (!open) return <button type="button" onClick={() => setOpen(true)}>New space</button>
  return (
    <form onSubmit={submit}>
      <label>
        Name of the new space
        <input name="space" required autocomplete="off" autocapitalize="none" spellcheck={false} aria-describedby="space-rule" ref={focus} />
      </label>
      <p class="quiet small" id="space-rule">3 to 42 characters: lower-case letters, digits, full stops and dashes; a letter first.</p>
      {problem && <p class="notice bad" role="alert">{problem}</p>}
      <div class="row">
        <button class="main" disabled={busy}>Create</button>
        <button type="button" onClick={() => setOpen(false)}>Cancel</button>
      </div>
    </form>
  )
}

const focus = (element) => element?.focus()
