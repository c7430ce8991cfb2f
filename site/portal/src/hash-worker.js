/** Computes MD5 and SHA-256 of files, one file after the other, off the main thread. */
import { createMD5, createSHA256 } from 'hash-wasm'

const SLICE = 4 * 1024 * 1024 // bytes; smaller slices cost half the speed
const givenUp = new Set()
let hashers = null
// The hashers are reused, so files must queue here: two files interleaved would mix their bytes.
let turn = Promise.resolve()

self.onmessage = ({ data }) => {
  if (data.giveUp) givenUp.add(data.job)
  else turn = turn.then(() => work(data))
}

async function work({ job, file }) {
  try {
    hashers ??= await Promise.all([createMD5(), createSHA256()])
    const checksums = await hash(job, file)
    self.postMessage(checksums ? { job, checksums } : { job, cancelled: true })
  } catch (error) {
    self.postMessage({ job, failed: String(error?.name ?? error) })
  } finally {
    givenUp.delete(job)
  }
}

async function hash(job, file) {
  const [md5, sha256] = hashers
  md5.init()
  sha256.init()
  for (let start = 0; start < file.size; start += SLICE) {
    if (givenUp.has(job)) return null
    const bytes = new Uint8Array(await file.slice(start, start + SLICE).arrayBuffer())
    md5.update(bytes)
    sha256.update(bytes)
    self.postMessage({ job, hashed: start + bytes.length })
  }
  return givenUp.has(job) ? null : { md5: md5.digest('hex'), sha256: sha256.digest('hex') }
}
