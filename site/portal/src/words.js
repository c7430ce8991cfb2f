/** Phases, states, sizes and times in plain words: every sentence that more than one view needs. */
import { copiesByStore, isVerified } from './verdict.js'

const STORE_TYPES = { AMAZON_S3: 'Amazon S3', SWIFT_S3: 'Swift', S3: 'S3' }
const STATES = { pending: 'being verified', intact: 'verified', damaged: 'damaged', missing: 'missing', unreadable: 'could not be read' }

/** "Amazon S3 (copy 1)": members know copies, the service knows stores. */
export function storeName(id, stores) {
  const type = stores.find((store) => store.id === id)?.type
  return type ? `${STORE_TYPES[type] ?? type} (copy ${id})` : `copy ${id}`
}

/** The state of one copy; judged intact without a time of reading is not yet called verified. */
export function copyState(copy) {
  if (copy.state === 'intact' && !isVerified(copy)) return STATES.pending
  return STATES[copy.state] ?? copy.state
}

/** good, bad or open: for colour and mark, never instead of the words. */
export function toneOfCopy(copy) {
  if (isVerified(copy)) return 'good'
  return copy.state === 'pending' || copy.state === 'intact' ? 'open' : 'bad'
}

/** Where the bytes of a deleted item are. */
export function comesFrom(item, stores) {
  if (!item.from.length) return 'No store is known to keep its bytes.'
  return `Kept in ${item.from.map((store) => storeName(store, stores)).join(' and ')}.`
}

/** "both copies", "its copy", "all 3 copies". */
export function everyCopy(number) {
  return number === 1 ? 'its copy' : number === 2 ? 'both copies' : `all ${number} copies`
}

/** The phase of an upload, as the member reads it. */
export function phaseInWords(upload, stores) {
  switch (upload.phase) {
    case 'refused': return 'not sent'
    case 'waiting': return 'waiting'
    case 'hashing': return upload.checksums ? 'hashed, waiting' : `hashing ${percent(upload.hashed, upload.size)}`
    case 'sending': return sendingInWords(upload)
    case 'retrying': return `trying again in ${upload.nextTry.seconds} s (try ${upload.nextTry.tried} of ${upload.nextTry.of})`
    case 'stored': return upload.verdict === 'trouble' ? `stored – ${troubleIn(upload, stores)}` : 'stored – being verified'
    case 'verified': return `verified in ${everyCopy(copiesByStore(upload.item, stores).length)}`
    case 'conflict': return 'other content is there'
    default: return upload.phase
  }
}

function sendingInWords({ size, sent = 0, hashed, checksums }) {
  if (size === 0 || sent < size) return `sending ${percent(sent, size)}`
  return checksums ? 'sent, waiting for the answer' : `sent, hashing ${percent(hashed, size)}`
}

/** Why nothing is sent although there is something to send, or null. `holds` is the engine's set of reasons. */
export function heldInWords(holds) {
  if (holds.has('sign-in')) return 'Waiting for you to sign in again'
  if (holds.has('other tab')) return 'Another tab of this browser is sending; this one goes on when it has finished'
  if (holds.has('member')) return 'Paused'
  return null
}

/** "1.2 MB/s, about 4 minutes left"; null while there is nothing to tell from. */
export function paceInWords(speed, seconds) {
  if (!speed || !seconds) return null
  return `${size(Math.round(speed))}/s, ${duration(seconds)} left`
}

/** "less than a minute", "about 4 minutes", "about 3 hours", "about 2 days". */
export function duration(seconds) {
  if (seconds < 60) return 'less than a minute'
  const [number, noun] = seconds < 3570 ? [seconds / 60, 'minute'] : seconds < 86_400 * 1.5 ? [seconds / 3600, 'hour'] : [seconds / 86_400, 'day']
  return `about ${counted(Math.max(1, Math.round(number)), noun)}`
}

function troubleIn(upload, stores) {
  const bad = copiesByStore(upload.item, stores).filter((copy) => toneOfCopy(copy) === 'bad')
  return bad.map((copy) => `${storeName(copy.store, stores)}: ${copyState(copy)}`).join(', ')
}

function percent(part = 0, whole) {
  return whole > 0 ? `${Math.floor((Math.min(part, whole) / whole) * 100)} %` : '0 %'
}

/** 1536 -> "1.5 kB" in steps of 1000, as file managers and storage bills count. */
export function size(bytes) {
  if (bytes < 1000) return `${bytes} ${bytes === 1 ? 'byte' : 'bytes'}`
  const units = ['kB', 'MB', 'GB', 'TB', 'PB']
  let step = -1
  let value = bytes
  do {
    value /= 1000
    step++
  } while (value >= 999.95 && step < units.length - 1)
  return `${value.toFixed(value < 99.95 ? 1 : 0)} ${units[step]}`
}

const TIME = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short' })

/** "20 Nov 2026, 12:00" in the member's own time zone, or the text itself when it is no time. */
export function time(iso) {
  const date = new Date(iso)
  return Number.isNaN(date.getTime()) ? String(iso) : TIME.format(date)
}

/** "3 files", "1 file". */
export function counted(number, noun) {
  return `${number.toLocaleString('en-GB')} ${noun}${number === 1 ? '' : 's'}`
}

/** What was left out of a drop and why, as one notice; null when nothing was. */
export function leftOut({ junk, alreadyHere, unreadable, emptyFolders }) {
  const parts = []
  if (junk.length) parts.push(`${counted(junk.length, 'system file')} left out (${some(junk)}).`)
  if (alreadyHere.length) parts.push(`${counted(alreadyHere.length, 'file')} already on the way (${some(alreadyHere)}).`)
  if (unreadable.length) parts.push(`${counted(unreadable.length, 'file')} could not be read (${some(unreadable)}).`)
  if (emptyFolders.length) parts.push(`${counted(emptyFolders.length, 'empty folder')} left out: a space keeps files, not folders (${some(emptyFolders)}).`)
  return parts.length ? parts.join(' ') : null
}

function some(names) {
  const different = [...new Set(names)]
  return different.slice(0, 3).join(', ') + (different.length > 3 ? ' …' : '')
}
