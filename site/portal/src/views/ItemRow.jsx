/** One item that the space holds. */
import { useState } from 'preact/hooks'
import { size, time } from '../words.js'
import { Checksums } from './Checksums.jsx'
import { Copies } from './Copies.jsx'
import { FileName } from './FileName.jsx'
import { History } from './History.jsx'

export function ItemRow({ item: listed, space, session, stores }) {
  const [open, setOpen] = useState(false)
  const [fresh, setFresh] = useState(null)
  const item = fresh ?? listed

  async function toggle() {
    setOpen(!open)
    if (open) return
    try {
      setFresh(await session.item(space, listed.id)) // the list may be minutes old
    } catch {
      setFresh(null) // then what the list said is the best there is
    }
  }

  return (
    <li class="item" data-testid="item">
      <div class="item-line">
        <FileName id={item.id} />
        <span class="size">{size(item.size)}</span>
        <span class="phase quiet">
          {item.deposited_at && <>deposited <time dateTime={item.deposited_at}>{time(item.deposited_at)}</time></>}
          {item.deposited_by && ` by ${item.deposited_by}`}
        </span>
        <span class="actions">
          <button type="button" class="small" aria-expanded={open} onClick={toggle}>Details<span class="unseen"> of {item.id}</span></button>
        </span>
      </div>
      <Copies item={item} stores={stores} />
      {open && (
        <div class="details">
          <p class="quiet small">Type: {item.content_type ?? 'not known'}</p>
          <Checksums item={item} />
          <History session={session} space={space} id={item.id} stores={stores} />
        </div>
      )}
    </li>
  )
}
