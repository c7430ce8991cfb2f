/** What is done with several items at once: choose all of them, download them, describe them, delete them. */
import { useState } from 'preact/hooks'
import { announce } from '../../announce.js'
import { counted } from '../../words.js'
import { chosenInWords } from '../../words/items.js'
import { Question } from '../Question.jsx'
import { download } from './download.js'
import { Changed, EditChosen } from './EditChosen.jsx'

const BATCH = 100 // the most that one request may delete

export function Chosen({ chosen, items, whole, onAll, onDeleted, space, session, mayWrite }) {
  const [asking, setAsking] = useState(null)
  const [changed, setChanged] = useState(null)
  const some = [...chosen.values()]
  const all = chosen.size === items

  return (
    <div class="chosen" role="group" aria-label="Chosen items">
      <label class="inline">
        <input type="checkbox" checked={all} ref={(box) => box && (box.indeterminate = chosen.size > 0 && !all)} onChange={(event) => onAll(event.currentTarget.checked)} />
        {whole ? 'Choose all items here' : `Choose all ${counted(items, 'item')} read so far`}
      </label>
      {some.length > 0 && (
        <>
          <strong data-testid="chosen">{chosenInWords(some)}</strong>
          <button type="button" class="small" onClick={() => setAsking('download')}>Download …</button>
          {mayWrite && <button type="button" class="small" onClick={() => setAsking('edit')}>Properties and tags …</button>}
          {mayWrite && <button type="button" class="small" onClick={() => setAsking('delete')}>Delete …</button>}
        </>
      )}
      {changed && <Changed result={changed} onDismiss={() => setChanged(null)} />}
      {asking === 'edit' && (
        <EditChosen items={some} space={space} session={session} onClose={(result) => { setAsking(null); if (result) setChanged(result) }} />
      )}
      {asking === 'download' && (
        <Question title={`Download ${chosenInWords(some)}?`} label="Download" act={() => download(session, space, some.map(({ id }) => id))} onClose={() => setAsking(null)}>
          <p class="quiet">Each becomes a file of its own in your browser’s folder for downloads; it may ask whether several are allowed. Where a store charges for what leaves it, this costs.</p>
        </Question>
      )}
      {asking === 'delete' && (
        <Question
          title={`Delete ${chosenInWords(some)}?`} label="Delete" danger typed={space}
          act={() => deleteAll(some, space, session)}
          onClose={(done) => {
            setAsking(null)
            if (done) onDeleted()
          }}
        >
          <p>They are gone from this space at once. For a while, “Deleted” brings each of them back.</p>
          <ul class="few">{some.slice(0, 5).map(({ id }) => <li key={id}><bdi>{id}</bdi></li>)}{some.length > 5 && <li>and {counted(some.length - 5, 'other')}</li>}</ul>
        </Question>
      )}
    </div>
  )
}

async function deleteAll(items, space, session) {
  for (let at = 0; at < items.length; at += BATCH) await session.remove(space, ...items.slice(at, at + BATCH).map(({ id }) => id))
  announce(`${counted(items.length, 'item')} deleted`)
}
