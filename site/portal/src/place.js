/** Where the member is, kept in the address after the #: every place has an address that can be kept, sent and opened again. */
import { encodeId, encodeSegment } from './content-id.js'

export const SPACE_VIEWS = ['deposit', 'items', 'receipts', 'deleted', 'settings']
export const TRUST_VIEWS = ['copies', 'incidents', 'work', 'checks', 'growth']
export const ADMIN_VIEWS = ['users', 'groups', 'invitations', 'stores', 'policies', 'dead-letters']
const AREAS = { trust: TRUST_VIEWS, admin: ADMIN_VIEWS, account: ['tokens'], welcome: ['invitation'] }

/**
 * | address                              | place                                                                        |
 * |--------------------------------------|------------------------------------------------------------------------------|
 * | #/spaces/maps/items?in=a/            | {area: "spaces", space: "maps", view: "items", item: null, query: {in: "a/"}} |
 * | #/spaces/maps/items/a/1.tif          | {area: "spaces", space: "maps", view: "items", item: "a/1.tif", query: {}}    |
 * | #/trust/incidents, #/admin, #/account | {area: "trust", view: "incidents", query: {}} and so on; the first view alone |
 *
 * A mistyped address leads to the nearest place that there is, never to an error.
 */
export function placeFrom(hash) {
  const [path, query = ''] = hash.replace(/^#?\/?/, '').split('?')
  const [area, ...rest] = path.split('/').map(decoded)
  const asked = Object.fromEntries(new URLSearchParams(query))
  if (Object.hasOwn(AREAS, area)) return { area, view: AREAS[area].find((view) => view === rest[0]) ?? AREAS[area][0], query: asked }
  const [space = '', view = '', ...id] = area === 'spaces' ? rest : []
  const shown = SPACE_VIEWS.find((each) => each === view) ?? SPACE_VIEWS[0]
  return { area: 'spaces', space, view: shown, item: (shown === 'items' && id.join('/')) || null, query: asked }
}

/** The address of a view of a space. */
export function linkTo(space, view = SPACE_VIEWS[0], query = {}) {
  return `#/spaces/${encodeSegment(space)}/${view}${asQuery(query)}`
}

export function linkToItem(space, id) {
  return `#/spaces/${encodeSegment(space)}/items/${encodeId(id)}`
}

/** The address of a view of Trust ("trust"), of Administer ("admin") or of one's own account. */
export function linkToArea(area, view = AREAS[area][0], query = {}) {
  return `#/${area}/${view}${asQuery(query)}`
}

function asQuery(query) {
  const given = Object.entries(query).filter(([, value]) => value)
  return given.length ? `?${given.map(([name, value]) => `${name}=${encodeId(value)}`).join('&')}` : ''
}

function decoded(text) {
  try {
    return decodeURIComponent(text)
  } catch {
    return ''
  }
}
