/** What was deposited, to take along: a table for people, manifests for programs. */
import { asCsv, asManifest } from '../receipt.js'
import { isStored } from '../engine/uploads.js'
import { linkTo } from '../place.js'
import { counted, everyCopy } from '../words.js'
import { save } from './save.js'

export function Receipt({ uploads, stores, space }) {
  const stored = uploads.filter(isStored)
  const verified = stored.filter(({ phase }) => phase === 'verified').length
  const day = new Date().toISOString().slice(0, 10)

  return (
    <div class="receipt" role="group" aria-label="Receipt" data-testid="receipt">
      <p><strong>Receipt</strong> of {counted(stored.length, 'file')}, {verified === stored.length ? `verified in ${everyCopy(stores.length)}` : `${verified.toLocaleString('en-GB')} verified so far`}:</p>
      <Download name={`${space} ${day} receipt.csv`} type="text/csv" text={() => asCsv(space, uploads, stores)}>Table (CSV)</Download>
      <Download name="manifest-md5.txt" type="text/plain" text={() => asManifest('md5', uploads)}>BagIt manifest, MD5</Download>
      <Download name="manifest-sha256.txt" type="text/plain" text={() => asManifest('sha256', uploads)}>BagIt manifest, SHA-256</Download>
      <span class="quiet">The service keeps one, too: <a href={linkTo(space, 'receipts')}>receipts of this space</a></span>
    </div>
  )
}

function Download({ name, type, text, children }) {
  return <button type="button" class="small" onClick={() => save(name, type, text())}>{children}</button>
}
