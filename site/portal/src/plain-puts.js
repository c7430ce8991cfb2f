/** Upload sessions as the engine knows them, over the durastore's plain PUT: each file is looked for, sent whole, and stored when the answer says so. */
import { ApiError } from './api.js'
import { encodeId, encodeSegment } from './content-id.js'
import { sameBytes } from './verdict.js'

const AT_A_TIME = 5

/** The engine's `service` for one session. */
export function plainPuts(session) {
  async function begin(space, file) {
    const { id, size, md5, content_type, if_exists } = file
    const there = await session.find(space, id)
    if (sameBytes(there, file)) return { id, state: 'here', md5, sha256: file.sha256 }
    if (there && if_exists !== 'replace') return { id, state: 'conflict', md5: there.md5, sha256: there.sha256, size: there.size }
    if (!session.authorization) throw new ApiError(401, 'Sign in again to send files.') // resumed by its cookie, which does not count here
    const headers = { Authorization: session.authorization, 'X-Requested-With': 'XMLHttpRequest', 'Content-MD5': md5, 'Content-Type': content_type }
    return { id, size, state: 'send', upload: id, method: 'PUT', url: `/durastore/${encodeSegment(space)}/${encodeId(id)}`, headers }
  }

  return {
    largestWhole: Infinity,
    async begin(space, files) {
      const answers = []
      for (let at = 0; at < files.length; at += AT_A_TIME) answers.push(...(await Promise.all(files.slice(at, at + AT_A_TIME).map((file) => begin(space, file)))))
      return answers
    },
    complete: async (_, uploads) => uploads.map(({ upload, md5, sha256 }) => ({ upload, state: 'stored', md5, sha256 })),
    abort: async () => {},
  }
}
