/** One file on its way into the space. */
import { useRef, useState } from 'preact/hooks'
import { isStored, isUnderWay } from '../engine/uploads.js'
import { phaseInWords, size } from '../words.js'
import { Checksums } from './Checksums.jsx'
import { Copies } from './Copies.jsx'
import { History } from './History.jsx'
import { FileName, Mark } from './FileName.jsx'

const TONES = { verified: 'good', failed: 'bad', refused: 'bad', conflict: 'warn', retrying: 'warn', cancelled: 'quiet', waiting: 'quiet' }

export function UploadRow({ upload, attributes, engine, onBeside, stores, space, session }) {
  const [open, setOpen] = useState(false)
  const row = useRef()
  const { phase } = upload
  const stored = isStored(upload)
  const tone = upload.verdict === 'trouble' ? 'bad' : (TONES[phase] ?? 'open')
  // A button that goes away takes the focus with it: give it to the row.
  const then = (act) => () => {
    act()
    row.current.focus()
  }

  return (
    <li {...attributes} class="item" ref={row} tabIndex={-1} data-testid="upload" data-phase={phase}>
      <div class="item-line">
        <FileName id={upload.id} />
        <span class="size">{size(upload.size)}</span>
        <span class={`phase ${tone}`} data-testid="phase"><Mark tone={tone} />{phaseInWords(upload, stores)}</span>
        <span class="actions">
          {phase === 'failed' && <Action id={upload.id} label="Retry" act={then(() => engine.retry(upload))} />}
          {phase === 'conflict' && <Action id={upload.id} label="Replace it" act={then(() => engine.retry(upload, { replace: true }))} />}
          {phase === 'conflict' && <Action id={upload.id} label="Keep both" act={then(() => onBeside(upload))} />}
          {phase === 'cancelled' && <Action id={upload.id} label="Send after all" act={then(() => engine.retry(upload))} />}
          {isUnderWay(upload) && <Action id={upload.id} label="Cancel" act={then(() => engine.cancel(upload))} />}
          {['failed', 'refused', 'conflict', 'cancelled'].includes(phase) && <Action id={upload.id} label={phase === 'conflict' ? 'Leave it' : 'Dismiss'} act={() => engine.forget(upload)} />}
          {upload.checksums && (
            <button type="button" class="small" aria-expanded={open} onClick={() => setOpen(!open)}>Details<span class="unseen"> of {upload.id}</span></button>
          )}
        </span>
      </div>
      {((phase === 'hashing' && !upload.checksums) || phase === 'sending') && (
        <progress class={phase} value={phase === 'hashing' ? upload.hashed : upload.sent} max={Math.max(upload.size, 1)} aria-label={`${phase} ${upload.id}`} />
      )}
      {upload.reason && <p class={`reason ${tone}`} data-testid="reason">{upload.reason}</p>}
      {stored && upload.alreadyThere && <p class="reason">The same bytes were in the space already; they were not sent again.</p>}
      {stored && <Copies item={upload.item} stores={stores} />}
      {open && upload.checksums && (
        <div class="details">
          <Checksums here={upload.checksums} item={upload.item} />
          {stored && <History session={session} space={space} id={upload.id} stores={stores} />}
        </div>
      )}
    </li>
  )
}

function Action({ id, label, act }) {
  return <button type="button" class="small" onClick={act}>{label}<span class="unseen"> {id}</span></button>
}
