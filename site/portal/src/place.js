/** Where the member is, kept in the address after the #: a space and one of its views. */

export const VIEWS = ['deposit', 'items', 'deleted']

/** "#/maps/items" -> {space: "maps", view: "items"}. */
export function placeFrom(hash) {
  const [, space = '', view = ''] = hash.split('/')
  return { space: decoded(space), view: VIEWS.includes(view) ? view : VIEWS[0] }
}

export function linkTo(space, view = VIEWS[0]) {
  return `#/${encodeURIComponent(space)}/${view}`
}

function decoded(text) {
  try {
    return decodeURIComponent(text)
  } catch {
    return '' // a mistyped address leads to no space, not to an error
  }
}
