/** How each copy of an item is, in words, and when it was and will be read. */
import { useState } from 'preact/hooks'
import { announce } from '../../announce.js'
import { copiesByStore } from '../../verdict.js'
import { copyState, storeName, time, toneOfCopy } from '../../words.js'
import { meaningOf } from '../../words/items.js'
import { Mark } from '../FileName.jsx'
import { mayAdminister } from '../Header.jsx'

export function ItemCopies({ item, stores, session, me, onAsked }) {
  return (
    <section class="panel" aria-labelledby="copies">
      <h2 id="copies">Copies</h2>
      <ul class="verdicts">
        {copiesByStore(item, stores).map((copy) => {
          const tone = toneOfCopy(copy)
          return (
            <li key={copy.store} data-testid={`copy-${copy.store}`} data-state={copy.state}>
              <p class={`verdict ${tone}`}><Mark tone={tone} /><strong>{storeName(copy.store, stores)}: {copyState(copy)}</strong></p>
              <p class="small">{meaningOf(copy)}</p>
              <p class="quiet small">
                {copy.verified_at ? <>Last verified <time dateTime={copy.verified_at}>{time(copy.verified_at)}</time>.</> : 'Not verified yet.'}
                {copy.checked_at && copy.checked_at !== copy.verified_at && <> Last looked at <time dateTime={copy.checked_at}>{time(copy.checked_at)}</time>.</>}
              </p>
            </li>
          )
        })}
      </ul>
      <div class="row">
        {item.next_check && <p class="quiet" data-testid="next-check">Every copy is read again on <time dateTime={item.next_check}>{time(item.next_check)}</time> at the latest.</p>}
        {mayAdminister(me) && <CheckNow item={item} session={session} onAsked={onAsked} />}
      </div>
    </section>
  )
}

function CheckNow({ item, session, onAsked }) {
  const [told, setTold] = useState(null)
  async function ask() {
    try {
      await session.json('/api/fixity/checks', 'POST', { space: item.space, id: item.id })
      setTold('Every copy is being read now. What comes of it shows here.')
      announce('A check was asked for')
      onAsked()
    } catch (error) {
      setTold(error.message)
    }
  }
  return <>{told ? <p role="status">{told}</p> : <button type="button" class="small" onClick={ask}>Check now</button>}</>
}
