/** The uploads of one space: what needs the member can be shown alone, decided together, and a receipt taken along. */
import { useState } from 'preact/hooks'
import { nameBeside } from '../content-id.js'
import { isStored, isUnderWay } from '../engine/uploads.js'
import { Receipt } from './Receipt.jsx'
import { UploadRow } from './UploadRow.jsx'
import { Windowed } from './Windowed.jsx'

const ROW = 82 // pixels: a line with the copies below it
const FILTERS = {
  all: ['All', () => true],
  going: ['Under way', (upload) => isUnderWay(upload) || upload.phase === 'stored'],
  attention: ['Need attention', (upload) => ['failed', 'refused', 'conflict'].includes(upload.phase) || upload.verdict === 'trouble'],
  verified: ['Verified', (upload) => upload.phase === 'verified'],
}

export function Uploads({ uploads, engine, stores, space, session }) {
  const [filter, setFilter] = useState('all')
  const of = (test) => uploads.filter(test)
  const failed = of((upload) => upload.phase === 'failed')
  const conflicts = of((upload) => upload.phase === 'conflict')
  const retryBeside = (upload) => engine.retry(upload, { id: nameBeside(upload.id, (id) => engine.get(space, id)) })

  return (
    <section aria-label="Files of this session">
      <div class="list-head">
        <h2>Files of this session</h2>
        <div class="filters" role="group" aria-label="Show">
          {Object.entries(FILTERS).map(([name, [label, test]]) => (
            <button key={name} type="button" aria-pressed={filter === name} onClick={() => setFilter(name)}>
              {label} <span class="number">{of(test).length.toLocaleString('en-GB')}</span>
            </button>
          ))}
        </div>
      </div>
      {failed.length > 1 && <p class="row"><button type="button" onClick={() => failed.forEach((upload) => engine.retry(upload))}>Retry all failed</button></p>}
      {conflicts.length > 1 && (
        <div class="notice">
          <p>{conflicts.length.toLocaleString('en-GB')} files have the name of an item with other content. Nothing of them was sent.</p>
          <button type="button" class="small" onClick={() => conflicts.forEach(engine.forget)}>Leave all as they are</button>
          <button type="button" class="small" onClick={() => conflicts.forEach(retryBeside)}>Keep both of all</button>
          <button type="button" class="small" onClick={() => conflicts.forEach((upload) => engine.retry(upload, { replace: true }))}>Replace all</button>
        </div>
      )}
      {uploads.some(isStored) && <Receipt uploads={uploads} stores={stores} space={space} />}
      {of(FILTERS[filter][1]).length === 0 && <p class="quiet">None.</p>}
      <Windowed
        class="rows"
        items={filter === 'all' ? uploads : of(FILTERS[filter][1])}
        estimate={ROW}
        row={(upload, attributes) => (
          <UploadRow key={upload.key} upload={upload} attributes={attributes} engine={engine} onBeside={retryBeside} stores={stores} space={space} session={session} />
        )}
      />
    </section>
  )
}
