/** What the service's record of an item says about a file that was hashed here. */

/** True when both checksums of the record are known and equal those computed in the browser. */
export function sameBytes(item, checksums) {
  return Boolean(item && checksums && item.md5 === checksums.md5 && item.sha256 === checksums.sha256)
}

/** True when the record names a checksum and it is another one: "not known yet" is not a difference. */
export function otherBytes(item, checksums) {
  const differs = (kind) => item[kind] != null && item[kind] !== checksums[kind]
  return differs('md5') || differs('sha256')
}

/** One copy per store, in the order of the stores; a store the record does not name yet is pending. */
export function copiesByStore(item, stores) {
  const known = new Map((item?.copies ?? []).map((copy) => [copy.store, copy]))
  const ids = new Set([...stores.map((store) => store.id), ...known.keys()])
  return [...ids].map((id) => known.get(id) ?? { store: id, state: 'pending', verified_at: null, checked_at: null })
}

/** A copy counts as verified only when the service judged it intact and says when it read it. */
export function isVerified(copy) {
  return copy.state === 'intact' && copy.verified_at != null
}

/**
 * | record                                                    | verdict  |
 * |-----------------------------------------------------------|----------|
 * | absent, checksums unknown, or copies still to be verified | pending  |
 * | names other checksums                                     | differs  |
 * | a copy is damaged, missing or unreadable                  | trouble  |
 * | same checksums, every store's copy verified               | verified |
 */
export function verdictOn(item, checksums, stores) {
  if (!item) return 'pending'
  if (otherBytes(item, checksums)) return 'differs'
  const copies = copiesByStore(item, stores)
  if (copies.some((copy) => copy.state !== 'pending' && copy.state !== 'intact')) return 'trouble'
  return sameBytes(item, checksums) && copies.length > 0 && copies.every(isVerified) ? 'verified' : 'pending'
}
