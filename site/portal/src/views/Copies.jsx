/** The state of each copy of an item, and when the service last verified it. */
import { copiesByStore } from '../verdict.js'
import { copyState, storeName, time, toneOfCopy } from '../words.js'
import { Mark } from './FileName.jsx'

export function Copies({ item, stores }) {
  return (
    <ul class="copies" aria-label="Copies">
      {copiesByStore(item, stores).map((copy) => {
        const tone = toneOfCopy(copy)
        return (
          <li key={copy.store} class={tone} data-testid={`copy-${copy.store}`} data-state={copy.state}>
            <Mark tone={tone} />
            <span>{storeName(copy.store, stores)}: {copyState(copy)}</span>
            {tone === 'good' && <time dateTime={copy.verified_at}>{time(copy.verified_at)}</time>}
            {tone === 'bad' && copy.checked_at && <time dateTime={copy.checked_at}>seen {time(copy.checked_at)}</time>}
          </li>
        )
      })}
    </ul>
  )
}
