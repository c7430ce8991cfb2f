/** Has the browser save items: their bytes come straight from where they are kept, at addresses that are signed for some minutes. */
import { ApiError } from '../../api.js'

const AT_ONCE = 50 // addresses signed at a time: they are good for minutes, and the browser takes one download after the other
const BETWEEN = 300 // ms: browsers drop downloads that begin in one moment

/** Begins one download after the other; rejects with the names of those that are not there any more. */
export async function download(session, space, ids) {
  const missing = []
  for (let at = 0; at < ids.length; at += AT_ONCE) {
    const some = ids.slice(at, at + AT_ONCE)
    const addresses = await session.addresses(space, some)
    for (const [number, address] of addresses.entries()) {
      if (!address) {
        missing.push(some[number])
        continue
      }
      if (at + number > 0) await new Promise((resolve) => setTimeout(resolve, BETWEEN))
      save(address, some[number])
    }
  }
  if (missing.length) throw new ApiError(404, `Not there any more: ${missing.slice(0, 3).join(', ')}${missing.length > 3 ? ` and ${missing.length - 3} more` : ''}`)
}

function save(address, id) {
  const link = document.createElement('a')
  link.href = address
  link.download = id.slice(id.lastIndexOf('/') + 1)
  document.body.append(link)
  link.click()
  link.remove()
}
