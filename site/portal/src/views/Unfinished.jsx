/** What was not finished when the portal was closed: chosen again, it goes on where it stopped. */
import { announce } from '../announce.js'
import { counted, size } from '../words.js'

const NAMED = 20

export function Unfinished({ space, desk }) {
  const notes = desk.unfinished(space)
  if (notes.length === 0) return null
  const goOn = async (source) => {
    const leave = await desk.goOn(space, source).catch(() => false)
    if (!leave) announce(`“${source.id}” could not be opened. Choose it again.`)
  }
  const bytes = notes.reduce((sum, note) => sum + note.size, 0)

  return (
    <section class="notice" aria-label="Not finished" data-testid="unfinished">
      <p>
        <strong>{counted(notes.length, 'file')}</strong> ({size(bytes)}) {notes.length === 1 ? 'was' : 'were'} not finished when this page was closed.
        Choose the same files or folder again: what the service has already is not sent twice.
      </p>
      {desk.sources(space).map((source) => (
        <button key={source.id} type="button" class="small" onClick={() => goOn(source)}>Go on with “<bdi translate={false}>{source.id}</bdi>”</button>
      ))}
      <button type="button" class="small" onClick={() => desk.forgetUnfinished(notes)}>Forget them</button>
      <details>
        <summary>Which files</summary>
        <ul>{notes.slice(0, NAMED).map(({ id }) => <li key={id}><bdi translate={false}>{id}</bdi></li>)}</ul>
        {notes.length > NAMED && <p class="quiet">and {(notes.length - NAMED).toLocaleString('en-GB')} more</p>}
      </details>
    </section>
  )
}
