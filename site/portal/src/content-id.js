/** What may be a content id, how a chosen file gets one, and how it travels in an address. */

const MAX_BYTES = 1024
const JUNK = new Set(['.DS_Store', 'Thumbs.db', 'desktop.ini'])

/** The content id of a file found under this relative path: NFC, so that the same name typed on two systems is one id. */
export function contentId(path) {
  return path.replace(/^\/+/, '').normalize('NFC')
}

/** Files that an operating system leaves in folders and nobody wants to keep. */
export function isJunk(id) {
  const name = id.slice(id.lastIndexOf('/') + 1)
  return JUNK.has(name) || name.startsWith('._')
}

/** As it is shown: signs that turn the direction of writing could make "exe.jpg" of "gpj.exe", and are named instead. */
export function plain(text) {
  return text.replace(/[\u202a-\u202e\u2066-\u2069]/g, (sign) => `‹U+${sign.codePointAt(0).toString(16).toUpperCase()}›`)
}

/** "maps/a.tif" -> "maps/a (2).tif", the first such name that is not `taken(id)`. */
export function nameBeside(id, taken) {
  const slash = id.lastIndexOf('/') + 1
  const dot = id.lastIndexOf('.')
  const cut = dot > slash ? dot : id.length
  for (let number = 2; ; number++) {
    const beside = `${id.slice(0, cut)} (${number})${id.slice(cut)}`
    if (!taken(beside)) return beside
  }
}

/** Why this id cannot be used, as a sentence for the member, or null when it can. */
export function problemWithId(id) {
  if (id === '') return 'The file has no name.'
  if (/\p{Surrogate}/u.test(id)) return 'The name holds characters that are not valid text.'
  if (id.includes('?')) return 'The name includes a question mark (?), which a content id may not have.'
  if (id.includes('\\')) return 'The name includes a backslash (\\), which a content id may not have.'
  // Browsers resolve these while they build the address: the file would land under another id.
  if (id.split('/').some((part) => part === '.' || part === '..')) return 'A folder is named “.” or “..”, which cannot be part of a content id.'
  const bytes = formEncodedLength(id)
  if (bytes > MAX_BYTES) return `The name is too long: ${bytes} bytes in its encoded form, ${MAX_BYTES} are possible.`
  return null
}

/** Bytes of the form-url-encoded id, as the service counts them: a space counts 1, anything but [A-Za-z0-9.*_-] counts 3 a byte. */
export function formEncodedLength(id) {
  let length = 0
  for (const byte of new TextEncoder().encode(id)) {
    length += byte === 0x20 || /[A-Za-z0-9.*_-]/.test(String.fromCharCode(byte)) ? 1 : 3
  }
  return length
}

/** The id as part of an address: slashes are kept, everything else that is not plainly safe is percent-encoded. */
export function encodeId(id) {
  return id.split('/').map(encodeSegment).join('/')
}

/** encodeURIComponent leaves !'()* alone; some servers and proxies do not. */
export function encodeSegment(text) {
  return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
}

/**
 * A text that sorts right before the id in a listing (UTF-8 order), with next to nothing in between:
 * `after: justBefore(id)` gives a page that begins with the id itself.
 */
export function justBefore(id) {
  const last = [...id].pop()
  const code = last.codePointAt(0)
  const head = id.slice(0, id.length - last.length)
  if (code === 0) return head
  return head + String.fromCodePoint(code === 0xe000 ? 0xd7ff : code - 1) + '\ufffd'
}
