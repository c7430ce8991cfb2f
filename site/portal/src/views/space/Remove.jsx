/** The end of a space, behind its typed name. */
import { useState } from 'preact/hooks'
import { Question } from '../Question.jsx'

export function Remove({ space, address, session, onRemoved }) {
  const [asking, setAsking] = useState(false)
  return (
    <section class="panel" aria-labelledby="remove">
      <h2 id="remove">Remove this space</h2>
      <p class="quiet">All items go with it, in the background; nobody brings them back.</p>
      <div class="row"><button type="button" onClick={() => setAsking(true)}>Remove this space …</button></div>
      {asking && (
        <Question
          title={`Remove ${space} and all that is in it?`} label="Remove it" danger typed={space}
          act={() => session.json(address, 'DELETE')}
          onClose={(done) => {
            setAsking(false)
            if (done) onRemoved(space)
          }}
        >
          <p>Its items, their properties and its access rules are removed from every store, in the background. This is not a deletion that can be undone.</p>
        </Question>
      )}
    </section>
  )
}
