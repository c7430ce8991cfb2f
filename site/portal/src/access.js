/** Who may do what in a space: its rules, as the service keeps them. */

const PUBLIC = 'group-public'
const isPublic = (name) => name.toLowerCase() === PUBLIC

/** Rules of people and groups by name; the public has its own switch. */
export function rulesFor(rules) {
  return Object.entries(rules).filter(([name]) => !isPublic(name)).sort(([one], [other]) => (one < other ? -1 : 1))
}

/** The rules with one more or another; null takes the one of that name away, whatever the case of its letters. */
export function withAccess(rules, name, access) {
  const others = Object.entries(rules).filter(([known]) => known.toLowerCase() !== name.toLowerCase())
  return Object.fromEntries(access ? [...others, [name, access]] : others)
}

/** The rules with the space open to everybody, or not. */
export const opened = (rules, open) => withAccess(rules, PUBLIC, open ? 'READ' : null)
