/** What is searched for among the items of a space, as the address has it and as the service is asked. */

const FIELDS = ['name', 'format', 'tag', 'property', 'checksum', 'state', 'store']
export const COPY_STATES = ['pending', 'intact', 'damaged', 'missing', 'unreadable']

/** The fields that say something, null when none does. Spaces around them are slips; a checksum has none inside, whatever it was copied from. */
export function searchIn(query) {
  const found = Object.fromEntries(FIELDS.map((name) => [name, (query[name] ?? '').trim()]).filter(([, value]) => value))
  if (found.checksum) found.checksum = found.checksum.replace(/\s/g, '')
  if (found.state && !COPY_STATES.includes(found.state)) delete found.state
  return Object.keys(found).length ? found : null
}

/** All fields of a search form for the address; a property and its value are one of them, "name:value". */
export function asked(form) {
  const { property, value, ...others } = Object.fromEntries(FIELDS.concat('value').map((name) => [name, (form.get(name) ?? '').trim()]))
  return { ...others, name: others.name.normalize('NFC'), property: property && value ? `${property}:${value}` : property }
}

/** "creator:Ada: a life" -> ["creator", "Ada: a life"]. */
export function propertyOf({ property = '' }) {
  const colon = property.indexOf(':')
  return colon < 0 ? [property, ''] : [property.slice(0, colon), property.slice(colon + 1)]
}
