/** All uploads in a few numbers, and the sentence that is read aloud about them. */
import { isUnderWay } from './engine.js'

const PER_FILE = 50_000 // bytes: what the requests around one file cost, roughly; else a thousand small files would count as nothing

/** Counts and bytes; `done` is the share of the work, files and bytes, that has been sent or is confirmed, 0 to 1. */
export function summarise(uploads) {
  const sum = { files: 0, bytes: 0, sent: 0, underWay: 0, stored: 0, verified: 0, failed: 0, done: 0 }
  let weight = 0
  let settled = 0
  for (const upload of uploads) {
    if (upload.phase === 'cancelled') continue
    sum.files++
    if (upload.phase === 'failed' || upload.phase === 'refused') {
      sum.failed++
      continue
    }
    sum.bytes += upload.size
    weight += upload.size + PER_FILE
    const isStored = upload.phase === 'stored' || upload.phase === 'verified'
    const sent = isStored ? upload.size : Math.min(upload.sent ?? 0, upload.size)
    sum.sent += sent
    settled += sent + (isStored ? PER_FILE : 0)
    if (isUnderWay(upload)) sum.underWay++
    if (isStored) sum.stored++
    if (upload.phase === 'verified') sum.verified++
  }
  sum.done = weight === 0 ? 0 : settled / weight
  return sum
}

/** Changes only at each tenth and at the end of each stage, so that a screen reader is not flooded. */
export function spoken(sum) {
  if (sum.files === 0) return ''
  const failed = sum.failed ? ` ${count(sum.failed)} failed.` : ''
  if (sum.underWay > 0) return `About ${Math.floor(sum.done * 10) * 10} percent sent, ${count(sum.files)} in all.${failed}`
  if (sum.verified < sum.stored) return `${count(sum.stored)} stored, being verified.${failed}`
  return `${count(sum.verified)} verified in every copy.${failed}`
}

function count(files) {
  return files === 1 ? '1 file' : `${files} files`
}
