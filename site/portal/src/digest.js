/** SHA-256 of one part, by the browser's own implementation. */

const IN_MEMORY = 64 * 1024 * 1024 // bytes; larger parts (of items over 640 GB) go through the hashing program in slices

/** `hashLarge(blob, {signal})` -> {sha256}. Resolves to 64 hexadecimal digits. */
export function createDigest(hashLarge) {
  return async function digest(blob, signal) {
    if (blob.size > IN_MEMORY) return (await hashLarge(blob, { signal, onProgress() {} })).sha256
    let bytes
    try {
      bytes = await blob.arrayBuffer()
    } catch {
      throw new Error('The file could not be read. Was it moved, renamed or changed? Choose it again.')
    }
    signal.throwIfAborted()
    return hex(await crypto.subtle.digest('SHA-256', bytes))
  }
}

function hex(buffer) {
  return Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
