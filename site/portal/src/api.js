/** The service's JSON API as seen by one signed-in member; the browser keeps the session in a cookie that no script can read. */
import { encodeId, encodeSegment } from './content-id.js'

/** An answer that was not a success. `status` 0 means that no answer came. `retryAfter` is in seconds, or null. */
export class ApiError extends Error {
  constructor(status, message, retryAfter = null) {
    super(message)
    this.name = 'ApiError'
    this.status = status
    this.retryAfter = retryAfter
  }
}

/** Signs in, and gives the open session. */
export async function signIn(username, password, fetch = globalThis.fetch.bind(globalThis)) {
  await ask(fetch, '/api/session', 'POST', { username, password })
  return openSession(fetch)
}

/** The session that this browser has open, or null. */
export async function resumed(fetch = globalThis.fetch.bind(globalThis)) {
  const answer = await ask(fetch, '/api/session')
  return answer.status === 200 ? openSession(fetch) : null
}

/** Calls that an open session offers; each rejects with an ApiError whose message is fit to be shown. */
export function openSession(fetch) {
  const call = (path, method, body) => ask(fetch, path, method, body)
  const json = async (path, method = 'GET', body) => {
    const answer = await call(path, method, body)
    if (answer.status === 204) return null
    try {
      return await answer.json()
    } catch {
      throw new ApiError(answer.status, 'The service gave an answer that the portal does not understand.')
    }
  }
  const space = (id) => `/api/spaces/${encodeSegment(id)}`

  return {
    json,
    /** Signs the same member in again, after the service has ended the session. */
    again: (username, password) => call('/api/session', 'POST', { username, password }),
    signOut: () => call('/api/session', 'DELETE'),
    me: () => json('/api/me'),
    stores: async () => (await json('/api/stores')).stores,
    spaces: async () => (await json('/api/spaces')).spaces,
    /** Any request, with headers of its own; the answer as the browser gives it. */
    request: (path, method, body, headers) => ask(fetch, path, method, body, headers),
    createSpace: (id) => call(space(id), 'PUT'),
    /** One page: {items, folders, next}; `after` is exclusive. With the delimiter "/", folders instead of what is in them; `wanted` as search.js has it. */
    items: (spaceId, { prefix = '', after = '', limit = 100, delimiter = '', ...wanted } = {}) =>
      json(`${space(spaceId)}/items?${query({ prefix, after, limit, delimiter, ...wanted })}`),
    item: (spaceId, id) => json(`${space(spaceId)}/items/${encodeId(id)}`),
    /** The item or null. Asks for a page of one: an unknown item is an answer here, not an error. */
    find: async (spaceId, id) => {
      const { items } = await json(`${space(spaceId)}/items?${query({ prefix: id, limit: 1 })}`)
      return items[0]?.id === id ? items[0] : null
    },
    /** One page of what can be brought back: {items, next}; `after` is exclusive. */
    deleted: (spaceId, { after = '', limit = 100 } = {}) => json(`${space(spaceId)}/deleted?${query({ after, limit })}`),
    undelete: (spaceId, id) => json(`${space(spaceId)}/deleted/${encodeId(id)}`, 'POST'),
    /** The same change of at most 100 items; one answer {id, state, reason} for each. */
    edit: async (spaceId, ids, change) => (await json(`${space(spaceId)}/items`, 'PATCH', { ids, ...change })).items,
    /** Deletes items, at most 100 at a time; what was gone already counts as deleted. Rejects with the reason of the first that could not be. */
    remove: async (spaceId, ...ids) => {
      const { items } = await json(`${space(spaceId)}/deletions`, 'POST', { ids })
      const failed = items.find(({ state }) => state === 'failed')
      if (failed) throw new ApiError(409, `${failed.id}: ${failed.reason}`)
    },
    /** Addresses at which items (at most 100 ids) are read for some minutes; null for what is not there. They save what they give, whatever it is. */
    addresses: async (spaceId, ids) => (await json(`${space(spaceId)}/downloads`, 'POST', { ids })).items.map(({ url = null }) => url),
    /** Has the service keep a receipt of at most 1,000 items. */
    writeReceipt: (spaceId, ids) => json(`${space(spaceId)}/receipts`, 'POST', { ids }),
    /** One page: {receipts, next}. */
    receipts: (spaceId, { after = '', limit = 1000 } = {}) => json(`${space(spaceId)}/receipts?${query({ after, limit })}`),
    /** One receipt as a text: `form` is csv, md5 or sha256. */
    receipt: async (spaceId, name, form) => (await call(`${space(spaceId)}/receipts/${encodeSegment(name)}?${query({ form })}`)).text(),
    history: async (spaceId, id) => (await json(`${space(spaceId)}/history/${encodeId(id)}`)).events,
  }
}

/** One request; rejects with an ApiError unless the answer is a success. */
export async function ask(fetch, path, method = 'GET', body, headers) {
  let answer
  try {
    answer = await fetch(path, {
      method,
      credentials: 'same-origin',
      cache: 'no-store',
      headers: { ...(body && { 'Content-Type': 'application/json' }), ...headers },
      ...(body && { body: JSON.stringify(body) }),
    })
  } catch {
    throw new ApiError(0, 'The service did not answer. Are you online?')
  }
  if (!answer.ok) throw new ApiError(answer.status, await reasonIn(answer), secondsIn(answer.headers.get('Retry-After')))
  return answer
}

/** The service's own sentence: `detail` or `title` of a problem document, or a short plain text. */
export function reasonFrom(status, contentType, body) {
  if (/[/+]json\b/.test(contentType ?? '')) {
    try {
      const problem = JSON.parse(body)
      const sentence = problem.detail ?? problem.title
      if (sentence) return String(sentence)
    } catch {
      // not JSON after all: the general sentence below is the best there is
    }
  } else if (/^text\/plain\b/.test(contentType ?? '') && body.trim() && body.length <= 500) {
    return body.trim()
  }
  return `The service answered with status ${status}.`
}

/** Seconds of a Retry-After header, or null: the form with a date is not worth a parser here. */
export function secondsIn(header) {
  return /^\d+$/.test(header ?? '') ? Number(header) : null
}

async function reasonIn(answer) {
  return reasonFrom(answer.status, answer.headers.get('Content-Type'), await answer.text().catch(() => ''))
}

export function query(fields) {
  return Object.entries(fields)
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `${name}=${encodeSegment(String(value))}`)
    .join('&')
}
