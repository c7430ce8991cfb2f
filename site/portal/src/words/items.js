/** Copies, events and deletions in plain words. */
import { propertyOf } from '../search.js'
import { copiesByStore, isVerified } from '../verdict.js'
import { copyState, counted, everyCopy, size, storeName, toneOfCopy } from '../words.js'

/** All copies of an item in a few words with their tone: what is bad comes before what is open, what is open before what is good. */
export function copiesInWords(item, stores) {
  const copies = copiesByStore(item, stores)
  const bad = copies.filter((copy) => toneOfCopy(copy) === 'bad')
  if (bad.length) return { tone: 'bad', words: bad.map((copy) => `${storeName(copy.store, stores)}: ${copyState(copy)}`).join(', ') }
  const verified = copies.filter(isVerified).length
  if (verified === copies.length && verified > 0) return { tone: 'good', words: `verified in ${everyCopy(verified)}` }
  return { tone: 'open', words: verified ? `verified in ${verified} of ${copies.length} copies` : 'being verified' }
}

const MEANINGS = {
  pending: 'The service has not read this copy back yet. It does so by itself, soon after the deposit.',
  intact: 'The service read every byte of this copy and got the checksums of the deposit.',
  damaged: 'The service read this copy and got other checksums. It is replaced from an intact copy; the damaged bytes are kept as evidence.',
  missing: 'The store does not have this copy any more. It is made again from an intact copy.',
  unreadable: 'The store did not give the bytes. That says nothing about them: the service tries again.',
}

/** What the state of a copy means, and what the service does about it. */
export function meaningOf(copy) {
  if (copy.state === 'pending' && copy.verified_at) return 'The item was changed since this copy was verified: it is brought up to date and read again.'
  return MEANINGS[copy.state === 'intact' && !isVerified(copy) ? 'pending' : copy.state] ?? ''
}

const EVENTS = {
  deposited: 'Deposited',
  'properties replaced': 'Properties replaced',
  'checksums fixed by first read': 'Checksums fixed by the first full read',
  replicated: 'Copied',
  checked: 'Read and judged',
  'evidence kept': 'Damaged bytes kept as evidence',
  repaired: 'Repaired from an intact copy',
  lost: 'No intact copy was left',
  deleted: 'Deleted',
  undeleted: 'Brought back',
  'copy removed': 'Copy removed',
  'copy left in place': 'Copy left in place',
}

/** An event as a heading; a kind that this portal does not know is shown as the service says it. */
export function eventInWords({ kind, detail }) {
  if (kind === 'deposited' && detail?.['noticed-by']) return 'Noticed in the store' // by its event, before the deposit's own record
  return EVENTS[kind] ?? kind.charAt(0).toUpperCase() + kind.slice(1)
}

/** Damage stands out in a history, and so does what ended it. */
export function toneOfEvent({ kind, detail }) {
  if (kind === 'lost' || kind === 'deleted' || kind === 'evidence kept') return 'bad'
  const verdict = detail?.verdict ?? detail?.state
  if (kind === 'checked') return verdict && verdict !== 'intact' ? 'bad' : 'good'
  return kind === 'repaired' || kind === 'undeleted' ? 'good' : 'quiet'
}

/** "3 items changed, 1 refused". */
export function changedInWords({ changed, refused }) {
  return `${counted(changed, 'item')} changed${refused.length ? `, ${refused.length.toLocaleString('en-GB')} refused` : ''}`
}

const WANTED = { pending: 'not read yet', intact: 'verified', damaged: 'damaged', missing: 'missing', unreadable: 'could not be read' }

/** The state of a copy, as a search asks for it. */
export const stateInWords = (state) => WANTED[state]

/** "whose name has “atlas”, with the tag “maps” and a copy that is damaged". */
export function searchInWords({ name, format, tag, property, checksum, state, store }, stores) {
  const [label, value] = propertyOf({ property })
  const parts = [
    name && `whose name has “${name}”`,
    format && `of the format ${format}`,
    tag && `with the tag “${tag}”`,
    property && (value ? `whose ${label} is “${value}”` : `that have the property ${label}`),
    checksum && `with the checksum ${checksum}`,
    (state || store) && copyWanted(state, store && storeName(store, stores)),
  ].filter(Boolean)
  return [parts.slice(0, -1).join(', '), parts.at(-1)].filter(Boolean).join(' and ')
}

function copyWanted(state, store) {
  if (!state) return `with a copy in ${store}`
  const copy = store ? `whose copy in ${store}` : 'of which a copy'
  return state === 'unreadable' ? `${copy} could not be read` : `${copy} is ${WANTED[state]}`
}

/** "3 items, 1.2 MB". */
export function chosenInWords(items) {
  return `${counted(items.length, 'item')}, ${size(items.reduce((sum, item) => sum + item.size, 0))}`
}
