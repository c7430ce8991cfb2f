/** Sends one file to its space and tells how far it is; XMLHttpRequest, because fetch does not report upload progress. */
import { ApiError, reasonFrom, secondsIn } from './api.js'
import { encodeId, encodeSegment } from './content-id.js'

/**
 * Resolves on the service's 201 and on nothing else. Rejects with an ApiError (status 0: no answer), or an AbortError when the
 * signal fired. Safe to repeat: the same bytes under the same id.
 */
export function sendFile(authorization, { space, id, file, md5 }, { signal, onProgress }) {
  if (!authorization) return Promise.reject(new ApiError(401, 'Sign in again to send files.'))
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    const giveUp = () => request.abort()
    const end = (settle, value) => {
      signal.removeEventListener('abort', giveUp)
      settle(value)
    }
    request.open('PUT', `/durastore/${encodeSegment(space)}/${encodeId(id)}`)
    request.setRequestHeader('Authorization', authorization)
    request.setRequestHeader('X-Requested-With', 'XMLHttpRequest') // no challenge, no password window of the browser
    request.setRequestHeader('Content-MD5', md5)
    request.setRequestHeader('Content-Type', file.type || 'application/octet-stream')
    request.upload.onprogress = (event) => onProgress(event.loaded)
    request.onload = () => {
      if (request.status === 201) return end(resolve)
      const reason = reasonFrom(request.status, request.getResponseHeader('Content-Type'), request.responseText)
      end(reject, new ApiError(request.status, reason, secondsIn(request.getResponseHeader('Retry-After'))))
    }
    request.onerror = () => end(reject, new ApiError(0, 'The connection to the service was lost.'))
    request.onabort = () => end(reject, new DOMException('Cancelled', 'AbortError'))
    if (signal.aborted) return end(reject, new DOMException('Cancelled', 'AbortError'))
    signal.addEventListener('abort', giveUp)
    request.send(file)
  })
}
