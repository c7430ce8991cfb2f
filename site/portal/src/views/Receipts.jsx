/** The receipts that the service keeps of a space, the latest first: what was deposited when and by whom, to take along again. */
import { counted, size, time } from '../words.js'
import { Act } from './Act.jsx'
import { Told } from './Area.jsx'
import { save } from './save.js'
import { useLoaded } from './use-loaded.js'
import { WindowList } from './WindowList.jsx'

const FORMS = {
  csv: ['Table (CSV)', 'text/csv', (space, name) => `${space} ${name}.csv`],
  md5: ['MD5', 'text/plain', () => 'manifest-md5.txt'],
  sha256: ['SHA-256', 'text/plain', () => 'manifest-sha256.txt'],
}

export function Receipts({ space, session }) {
  const loaded = useLoaded(() => allReceipts(session, space), [space])
  const receipts = loaded.value
  return (
    <section aria-label="Receipts of this space">
      <div class="list-head">
        <p class="quiet">What was deposited together, with both checksums, as it was recorded then. The table also tells how each item stands now, and when each copy was verified.</p>
        <button type="button" onClick={loaded.again}>Read again</button>
      </div>
      <Told loaded={loaded} what="the receipts" />
      {receipts?.length === 0 && <p class="empty quiet">Nothing was deposited by the portal yet.</p>}
      {receipts?.length > 0 && (
        <WindowList
          class="tall"
          label="Receipts"
          count={receipts.length}
          total={receipts.length}
          keyOf={(index) => receipts[index].receipt}
          row={(index) => <Line receipt={receipts[index]} space={space} session={session} />}
        />
      )}
    </section>
  )
}

function Line({ receipt: { receipt, at, by, items, bytes }, space, session }) {
  return (
    <div class="receipt-line" data-testid="kept-receipt">
      <p><strong><time dateTime={at}>{time(at)}</time></strong> <span class="quiet">{counted(items, 'file')}, {size(bytes)}, by <bdi>{by}</bdi></span></p>
      <div class="row" role="group" aria-label={`Receipt of ${time(at)}`}>
        {Object.entries(FORMS).map(([form, [label, type, name]]) => (
          <Act key={form} label={form === 'csv' ? label : `Manifest, ${label}`} act={async () => save(name(space, receipt), type, await session.receipt(space, receipt, form))} />
        ))}
      </div>
    </div>
  )
}

/** Their names begin with the time of the last deposit in them; what is asked for is when they were written. */
async function allReceipts(session, space) {
  const found = []
  for (let after = ''; after !== null; ) {
    const { receipts, next } = await session.receipts(space, { after })
    found.push(...receipts)
    after = next
  }
  return found.sort((one, other) => (one.at < other.at ? 1 : -1))
}
