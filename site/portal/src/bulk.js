/** One change of many items, some at a time, and what became of each. */

const BATCH = 100 // the most that one request may name

/** What a form of bulk edits says, as the service is asked; null when it says nothing. Several tags stand between bars, which no tag may have in it. */
export function changeIn(form) {
  const text = (name) => (form.get(name) ?? '').trim()
  const tags = (name) => text(name).split('|').map((tag) => tag.trim()).filter(Boolean)
  const change = {}
  if (text('set')) change.properties = { [text('set')]: form.get('value') ?? '' }
  if (text('take')) change.properties = { ...change.properties, [text('take')]: null }
  if (tags('add').length) change.add_tags = tags('add')
  if (tags('remove').length) change.remove_tags = tags('remove')
  return Object.keys(change).length ? change : null
}

/**
 * {changed, refused: [{id, reason}]}: `call(ids)` gives one answer for each, or rejects for all of them. A refusal of the very first request as a whole is
 * one of what was asked, and rejects: nothing was changed.
 */
export async function changeAll(ids, call) {
  const result = { changed: 0, refused: [] }
  for (let at = 0; at < ids.length; at += BATCH) {
    const some = ids.slice(at, at + BATCH)
    try {
      for (const { id, state, reason } of await call(some)) {
        if (state === 'done') result.changed++
        else result.refused.push({ id, reason: reason ?? 'It is not there any more.' })
      }
    } catch (error) {
      if (at === 0) throw error
      result.refused.push(...some.map((id) => ({ id, reason: error.message })))
    }
  }
  return result
}
