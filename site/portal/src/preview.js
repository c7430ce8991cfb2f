/** Which items can be looked at in the page without any danger, and how. */

const MB = 1_000_000
const TYPES = {
  image: { types: ['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/avif', 'image/bmp'], atOnce: 5 * MB, most: 50 * MB },
  audio: { types: ['audio/mpeg', 'audio/ogg', 'audio/wav', 'audio/x-wav', 'audio/flac', 'audio/mp4', 'audio/webm', 'audio/aac'], atOnce: 0, most: 200 * MB },
  video: { types: ['video/mp4', 'video/webm', 'video/ogg'], atOnce: 0, most: 200 * MB },
  text: { types: ['text/plain', 'text/csv', 'text/tab-separated-values', 'text/markdown', 'application/json', 'application/xml', 'text/xml'], atOnce: Infinity, most: 64_000 },
}

/**
 * {kind, type, most, atOnce} or null. `type` is the one the browser is told: one of the lists above and nothing else, so that
 * neither SVG nor HTML nor PDF, which may hold scripts, is ever opened on the portal's own origin. `most`: bytes that are read.
 */
export function previewOf({ content_type: stored, size }) {
  const type = (stored ?? '').split(';')[0].trim().toLowerCase()
  for (const [kind, { types, atOnce, most }] of Object.entries(TYPES)) {
    if (types.includes(type) && size > 0 && (kind === 'text' || size <= most)) return { kind, type, most, atOnce: size <= atOnce }
  }
  return null
}
