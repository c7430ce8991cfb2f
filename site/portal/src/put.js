/** Sends bytes to a signed address and tells how far they are; XMLHttpRequest, because fetch does not report upload progress. */
import { ApiError, reasonFrom, secondsIn } from './api.js'
import { Corrupted, Expired } from './engine/failures.js'

/** Resolves on a success and on nothing else. Safe to repeat: the signature names the bytes. */
export function put({ method = 'PUT', url, headers = {} }, blob, { signal, onProgress }) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    const giveUp = () => request.abort()
    const end = (settle, value) => {
      signal.removeEventListener('abort', giveUp)
      settle(value)
    }
    if (signal.aborted) return reject(signal.reason)
    request.open(method, url)
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value)
    request.upload.onprogress = (event) => onProgress(event.loaded)
    request.onload = () => {
      if (request.status >= 200 && request.status < 300) return end(resolve)
      end(reject, failureOf(request.status, request.getResponseHeader('Content-Type'), request.responseText, secondsIn(request.getResponseHeader('Retry-After'))))
    }
    request.onerror = () => end(reject, new ApiError(0, 'The connection to the service was lost.'))
    request.onabort = () => end(reject, new DOMException('Cancelled', 'AbortError'))
    signal.addEventListener('abort', giveUp)
    // The type of the bytes is told when the upload is begun; a header that was not signed would be refused.
    request.send(blob.slice(0, blob.size, ''))
  })
}

/**
 * | answer                                                            | what it means                                |
 * |-------------------------------------------------------------------|----------------------------------------------|
 * | 403, 404, 410, 412                                                | the address is no longer good: ask for another |
 * | 409, or S3's 400 about a digest                                   | what arrived is not what was hashed: Corrupted |
 * | S3's RequestTimeout (400), conflicts between requests (409)       | may pass                                     |
 * | others                                                            | as they say                                  |
 */
export function failureOf(status, contentType, body, retryAfter = null) {
  const code = /<Code>(\w+)<\/Code>/.exec(body)?.[1] ?? ''
  if (/^(RequestTimeout|OperationAborted|ConditionalRequestConflict)$/.test(code)) return new ApiError(503, `The store answered ${code}.`, retryAfter)
  if ([403, 404, 410, 412].includes(status)) return new Expired(reasonFrom(status, contentType, body))
  if (status === 409 || (status === 400 && /Digest|Checksum|SHA256Mismatch/i.test(code))) return new Corrupted()
  return new ApiError(status, reasonFrom(status, contentType, body), retryAfter)
}
