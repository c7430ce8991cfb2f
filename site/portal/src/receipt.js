/** Receipts of a deposit: what is stored, with both checksums and when each copy was read back. Plain texts to download. */
import { isStored } from './engine/uploads.js'
import { copiesByStore, isVerified } from './verdict.js'

/** The uploads a receipt can speak of, in the order of their ids. */
export function receipted(uploads) {
  return uploads.filter((upload) => isStored(upload) && upload.checksums).sort((a, b) => (a.id < b.id ? -1 : 1))
}

/** RFC 4180: one line a file; one column a store, with the time at which its copy was last read and found intact. */
export function asCsv(space, uploads, stores) {
  const head = ['space', 'content id', 'size in bytes', 'md5', 'sha256', 'state', 'confirmed at', ...stores.map(({ id }) => `copy ${id} verified at`)]
  const lines = receipted(uploads).map((upload) => {
    const copies = new Map(copiesByStore(upload.item, stores).map((copy) => [copy.store, copy]))
    const times = stores.map(({ id }) => (isVerified(copies.get(id)) ? copies.get(id).verified_at : ''))
    const state = upload.phase === 'verified' ? 'verified' : 'stored, not verified yet'
    return [space, upload.id, upload.size, upload.checksums.md5, upload.checksums.sha256, state, upload.storedAt ?? '', ...times]
  })
  return [head, ...lines].map((line) => `${line.map(field).join(',')}\r\n`).join('')
}

/** RFC 8493, section 2.1.3: `kind` is md5 or sha256; the payload stands under data/. */
export function asManifest(kind, uploads) {
  return receipted(uploads).map(({ id, checksums }) => `${checksums[kind]}  data/${escaped(id)}\n`).join('')
}

function field(value) {
  const text = String(value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

const escaped = (id) => id.replace(/[%\r\n]/g, (c) => encodeURIComponent(c))
