/** A content id with its folder set back, and the small mark that goes with a state. */
import { plain } from '../content-id.js'

export function FileName({ id }) {
  const cut = id.lastIndexOf('/') + 1
  return (
    <span class="file" data-testid="name" translate={false}>
      {cut > 0 && <span class="folder">{plain(id.slice(0, cut))}</span>}
      <bdi>{plain(id.slice(cut))}</bdi>
    </span>
  )
}

const MARKS = {
  good: 'm3.5 8.5 3 3 6-7',
  bad: 'M8 3.5v6M8 12.2v.3',
  warn: 'M8 2.5a5.5 5.5 0 1 0 .01 0M8 5.2v3l2 1.2',
  open: 'M8 3.2a4.8 4.8 0 1 1-4.5 3',
  quiet: 'M4 8h8',
}

/** Says nothing by itself: the words beside it carry the meaning. */
export function Mark({ tone }) {
  return <svg class="mark" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true"><path d={MARKS[tone]} /></svg>
}
