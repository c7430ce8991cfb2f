/** Upload sessions of the JSON API: begin, sign, list, complete, give up. */
import { encodeSegment } from './content-id.js'
import { Expired } from './engine/failures.js'

const PART = 16 * 1024 * 1024 // bytes; up to this size one signed PUT carries the whole

/** `json(path, method, body)` is the session's; it rejects with an ApiError. All calls may be repeated. */
export function uploadsApi(json) {
  const root = (space) => `/api/spaces/${encodeSegment(space)}/uploads`
  const one = (space, upload) => `${root(space)}/${encodeSegment(upload)}`

  return {
    largestWhole: PART,
    begin: async (space, files) => (await json(root(space), 'POST', { files })).files,
    sign: async (space, upload, parts) => (await ofAnUpload(json(`${one(space, upload)}/parts`, 'POST', { parts }))).parts,
    /** One page of the parts that the store has: {size, part_size, parts, next}; `after` is exclusive. */
    parts: (space, upload, after) => ofAnUpload(json(one(space, upload) + (after === undefined ? '' : `?after=${after}`))),
    complete: async (space, uploads) => (await json(`${root(space)}/complete`, 'POST', { uploads })).files,
    abort: (space, upload) => json(one(space, upload), 'DELETE'),
  }
}

/** An upload that the service does not know (any more) has to be begun again. */
async function ofAnUpload(answer) {
  try {
    return await answer
  } catch (error) {
    throw error.status === 404 || error.status === 410 ? new Expired(error.message) : error
  }
}
