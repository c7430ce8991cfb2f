/** The uploads of a desk as view state; re-rendered as often as the desk tells, ten times a second at most. */
import { useEffect, useState } from 'preact/hooks'

export function useDesk(desk) {
  const [uploads, setUploads] = useState(() => desk.engine.uploads())
  useEffect(() => desk.onChange(() => setUploads(desk.engine.uploads())), [desk])
  return uploads
}
