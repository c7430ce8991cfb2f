/** What was deposited, to take along: a table for people, manifests for programs. */
import { asCsv, asManifest } from '../receipt.js'
import { isStored } from '../engine/uploads.js'
import { counted, everyCopy } from '../words.js'

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
    </div>
  )
}

function Download({ name, type, text, children }) {
  function save() {
    const url = URL.createObjectURL(new Blob([text()], { type: `${type};charset=utf-8` }))
    const link = Object.assign(document.createElement('a'), { href: url, download: name })
    link.click()
    setTimeout(() => URL.revokeObjectURL(url), 60_000) // the browser reads it after the click
  }
  return <button type="button" class="small" onClick={save}>{children}</button>
}
