/** The uploads of one space, a part at a time, with a filter for those that need the member. */
import { useState } from 'preact/hooks'
import { UploadRow } from './UploadRow.jsx'

const STEP = 200 // rows; a browser is slow with tens of thousands
const FILTERS = {
  all: ['All', () => true],
  going: ['Under way', (upload) => ['waiting', 'hashing', 'sending', 'retrying', 'stored'].includes(upload.phase)],
  attention: ['Need attention', (upload) => ['failed', 'refused'].includes(upload.phase) || upload.verdict === 'trouble'],
  verified: ['Verified', (upload) => upload.phase === 'verified'],
}

export function Uploads({ uploads, engine, stores, space, session }) {
  const [filter, setFilter] = useState('all')
  const [shown, setShown] = useState(STEP)
  const matching = uploads.filter(FILTERS[filter][1])
  const failed = uploads.filter((upload) => upload.phase === 'failed' && !upload.conflict)

  return (
    <section aria-label="Files of this session">
      <div class="list-head">
        <h2>Files of this session</h2>
        <div class="filters" role="group" aria-label="Show">
          {Object.entries(FILTERS).map(([name, [label, test]]) => (
            <button key={name} type="button" aria-pressed={filter === name} onClick={() => setFilter(name)}>
              {label} <span class="number">{uploads.filter(test).length}</span>
            </button>
          ))}
        </div>
        {failed.length > 1 && <button type="button" onClick={() => failed.forEach((upload) => engine.retry(upload))}>Retry all failed</button>}
      </div>
      {matching.length === 0 && <p class="quiet">None.</p>}
      <ul class="rows">
        {matching.slice(0, shown).map((upload) => (
          <UploadRow key={upload.key} upload={upload} engine={engine} stores={stores} space={space} session={session} />
        ))}
      </ul>
      {matching.length > shown && (
        <button type="button" onClick={() => setShown(shown + STEP)}>Show more ({(matching.length - shown).toLocaleString('en-GB')} left)</button>
      )}
    </section>
  )
}
