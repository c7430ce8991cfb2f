/** A service that follows the contract of upload sessions and remembers what it was given; faults on request. */
import { createHash, randomUUID } from 'node:crypto'
import { ApiError } from '../src/api.js'
import { failureOf } from '../src/put.js'
import { uploadsApi } from '../src/uploads-api.js'

const hex = (kind, bytes) => createHash(kind).update(bytes).digest('hex')
export const checksumsOf = async (blob) => {
  const bytes = Buffer.from(await blob.arrayBuffer())
  return { md5: hex('md5', bytes), sha256: hex('sha256', bytes) }
}
export const digest = async (blob) => (await checksumsOf(blob)).sha256

/**
 * `faults(what)` is called before each answer with 'begin', 'sign', 'parts', 'complete', 'abort' or 'put <id> <number>'; it may return a status to
 * answer with, or throw. `partSize` and `largestWhole` are small, so that a few bytes make a large file.
 */
export function fakeServer({ partSize = 4, largestWhole = 4, faults = () => undefined, delay = () => new Promise((resolve) => setTimeout(resolve, 1)) } = {}) {
  const server = { items: new Map(), uploads: new Map(), calls: [], puts: [], most: 0, damage: () => false, expired: new Set() }
  let running = 0

  async function json(path, method = 'GET', body) {
    const [, , , space, , first, second] = path.split(/[/?]/)
    const what = method === 'DELETE' ? 'abort' : second === 'parts' ? 'sign' : first === 'complete' ? 'complete' : first ? 'parts' : 'begin'
    server.calls.push(what)
    await delay()
    const status = faults(what)
    if (status !== undefined) throw new ApiError(status, `status ${status}`)
    if (what === 'begin') return { files: body.files.map((file) => begin(space, file)) }
    if (what === 'complete') return { files: body.uploads.map((each) => complete(each)) }
    const upload = server.uploads.get(first)
    if (!upload) throw new ApiError(404, 'There is no such upload.')
    if (what === 'abort') return void server.uploads.delete(first)
    if (what === 'sign') return { expires_at: 'soon', parts: body.parts.map((part) => ({ number: part.number, ...address(first, part.number, part.sha256) })) }
    const after = Number(/after=(\d+)/.exec(path)?.[1] ?? 0)
    const parts = [...upload.parts].sort(([a], [b]) => a - b).filter(([number]) => number > after).slice(0, 2)
    return { id: upload.id, size: upload.size, part_size: partSize, parts: parts.map(([number, bytes]) => ({ number, size: bytes.length, sha256: hex('sha256', bytes) })), next: parts.length === 2 ? parts[1][0] : null }
  }

  const address = (upload, number, sha256) => ({ url: `/uploads/${upload}/${number}/${sha256}/${randomUUID()}`, headers: {} })

  function begin(space, { id, size, md5, sha256, if_exists }) {
    const there = server.items.get(`${space}/${id}`)
    if (there && there.md5 === md5 && there.sha256 === sha256) return { id, state: 'here', md5, sha256, verified_at: 'now' }
    if (there && if_exists !== 'replace') return { id, state: 'conflict', ...there }
    if (id.includes('refused')) return { id, state: 'refused', reason: 'This space keeps nothing of this name.' }
    const upload = randomUUID()
    server.uploads.set(upload, { space, id, size, parts: new Map() })
    if (size <= largestWhole && md5 && sha256) return { id, state: 'send', upload, method: 'PUT', ...address(upload, 1, sha256) }
    return { id, state: 'parts', upload, part_size: partSize, parts: Math.ceil(size / partSize) }
  }

  function complete({ upload: name, md5, sha256 }) {
    const upload = server.uploads.get(name)
    if (!upload) return { upload: name, state: 'failed', reason: 'There is no such upload.', again: true }
    if (!upload.stored) {
      const bytes = Buffer.concat([...upload.parts].sort(([a], [b]) => a - b).map(([, part]) => part))
      if (bytes.length !== upload.size) return { upload: name, state: 'failed', reason: 'Parts are missing.', again: true }
      if (hex('sha256', bytes) !== sha256) return { upload: name, state: 'failed', reason: 'The parts are not of this file.', again: false }
      server.items.set(`${upload.space}/${upload.id}`, { md5, sha256, size: upload.size })
      upload.stored = true
    }
    return { id: upload.id, upload: name, state: 'stored', md5, sha256 }
  }

  async function put({ url }, blob, { signal, onProgress }) {
    const [, , name, number, sha256] = url.split('/')
    server.most = Math.max(server.most, ++running)
    try {
      const upload = server.uploads.get(name)
      server.puts.push(`${upload?.id} ${number}`)
      onProgress(Math.floor(blob.size / 2))
      await delay()
      signal.throwIfAborted()
      const status = faults(`put ${upload?.id} ${number}`)
      if (status !== undefined) throw failureOf(status, 'text/plain', `status ${status}`)
      if (!upload || server.expired.delete(url)) throw failureOf(403, 'text/plain', 'expired')
      const bytes = Buffer.from(await blob.arrayBuffer())
      if (server.damage(upload.id, Number(number))) bytes[0] ^= 1
      if (hex('sha256', bytes) !== sha256) throw failureOf(409, 'text/plain', 'other bytes')
      upload.parts.set(Number(number), bytes)
      onProgress(blob.size)
    } finally {
      running--
    }
  }

  return Object.assign(server, { service: { ...uploadsApi(json), largestWhole }, put })
}
