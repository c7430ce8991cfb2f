/**
 * A look at an item, only for what a browser shows without running any of it: pictures, sound, film and plain text.
 * The bytes come from a signed address, and get the type that is on the list here, never the one that somebody deposited.
 */
import { useEffect, useState } from 'preact/hooks'
import { ApiError } from '../../api.js'
import { previewOf } from '../../preview.js'
import { size } from '../../words.js'

export function Preview({ item, session }) {
  const how = previewOf(item)
  const [wanted, setWanted] = useState(how?.atOnce ?? false)
  const [state, setState] = useState({})

  useEffect(() => {
    if (!how || !wanted) return
    const gone = new AbortController()
    let address = null
    async function read() {
      const range = how.kind === 'text' && item.size > how.most ? { Range: `bytes=0-${how.most - 1}` } : {}
      const [signed] = await session.addresses(item.space, [item.id])
      if (!signed) throw new ApiError(404, 'The item is not there any more.')
      const answer = await session.request(signed, 'GET', undefined, range)
      const bytes = await answer.arrayBuffer()
      if (gone.signal.aborted) return
      if (how.kind === 'text') return setState({ text: new TextDecoder().decode(bytes) })
      address = URL.createObjectURL(new Blob([bytes], { type: how.type }))
      setState({ address })
    }
    read().catch((error) => !gone.signal.aborted && setState({ problem: error.message }))
    return () => {
      gone.abort()
      if (address) URL.revokeObjectURL(address)
    }
  }, [wanted])

  if (!how) return null
  const failed = () => setState({ problem: 'The browser cannot show this. Download it to look at it.' })
  const shown = { class: 'seen', 'data-testid': 'preview', onError: failed }
  return (
    <section class="panel" aria-labelledby="preview">
      <h2 id="preview">Preview</h2>
      {!wanted && <div class="row"><button type="button" onClick={() => setWanted(true)}>Show it ({size(item.size)} are read from the store)</button></div>}
      {wanted && !state.address && state.text === undefined && !state.problem && <p class="quiet">Reading …</p>}
      {state.problem && <p class="notice">{state.problem}</p>}
      {state.address && how.kind === 'image' && !state.problem && <img src={state.address} alt={`Preview of ${item.id}`} {...shown} />}
      {state.address && how.kind === 'audio' && !state.problem && <audio src={state.address} controls aria-label={`Listen to ${item.id}`} {...shown} />}
      {state.address && how.kind === 'video' && !state.problem && <video src={state.address} controls aria-label={`Watch ${item.id}`} {...shown} />}
      {state.text !== undefined && <pre class="seen" tabIndex={0} role="region" aria-label="Beginning of the text" data-testid="preview">{state.text}</pre>}
      {how.kind === 'text' && item.size > how.most && state.text !== undefined && <p class="quiet small">The first {size(how.most)} are shown.</p>}
    </section>
  )
}
