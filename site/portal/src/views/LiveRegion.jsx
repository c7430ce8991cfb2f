/** The single polite live region of the page. */
import { useEffect, useState } from 'preact/hooks'
import { onAnnouncement } from '../announce.js'

export function LiveRegion() {
  const [sentence, setSentence] = useState('')
  useEffect(() => onAnnouncement(setSentence), [])
  return <div class="unseen" role="status" aria-live="polite" data-testid="announcement">{sentence}</div>
}
