/** All uploads in a few numbers, and the sentence that is read aloud about them. */

const PER_FILE = 50_000 // bytes: what the requests around one file cost, roughly; else a thousand small files would count as nothing

/** Counts and bytes from the totals; `done` is the share of the work, files and bytes, that has been sent or is confirmed, 0 to 1, of `weight`. */
export function summarise({ phases, files, bytes, sent }) {
  const of = (...names) => names.reduce((sum, name) => sum + (phases[name] ?? 0), 0)
  const failed = of('failed', 'refused')
  const stored = of('stored', 'verified')
  const weight = bytes + files * PER_FILE
  return {
    files: files + failed + of('conflict'),
    bytes,
    sent,
    underWay: of('waiting', 'hashing', 'sending', 'retrying'),
    stored,
    verified: of('verified'),
    failed,
    conflicts: of('conflict'),
    weight,
    done: weight === 0 ? 0 : (sent + stored * PER_FILE) / weight,
  }
}

/** Changes only at each tenth and at the end of each stage, so that a screen reader is not flooded. */
export function spoken(sum) {
  if (sum.files === 0) return ''
  const rest = `${sum.failed ? ` ${count(sum.failed)} failed.` : ''}${sum.conflicts ? ` ${count(sum.conflicts)} to be decided.` : ''}`
  if (sum.underWay > 0) return `About ${Math.floor(sum.done * 10) * 10} percent sent, ${count(sum.files)} in all.${rest}`
  if (sum.stored === 0) return rest.trim()
  if (sum.verified < sum.stored) return `${count(sum.stored)} stored, being verified.${rest}`
  return `${count(sum.verified)} verified in every copy.${rest}`
}

function count(files) {
  return files === 1 ? '1 file' : `${files} files`
}
