/** Work that was given up after many tries: why, and a way to ask for it again. */
import { useState } from 'preact/hooks'
import { query } from '../../api.js'
import { time } from '../../words.js'
import { queueName } from '../../words/trust.js'
import { Act } from '../Act.jsx'
import { Told, Top } from '../Area.jsx'
import { Question } from '../Question.jsx'
import { usePages } from '../use-pages.js'

export function DeadLetters({ session }) {
  const [away, setAway] = useState(null)
  const pages = usePages(async (after) => {
    const { dead_letters: rows, next } = await session.json(`/api/dead-letters?${query({ after })}`)
    return { rows, next }
  })
  const then = (path, method) => async () => {
    await session.request(`/api/dead-letters${path}`, method)
    pages.again()
  }
  return (
    <>
      <Top title="Work given up">
        {pages.rows.length > 1 && <Act label="Ask for all of it again" kind="" act={then('/retry', 'POST')} told="All of it is asked for again" />}
        <button type="button" onClick={pages.again}>Read again</button>
      </Top>
      <Told loaded={pages} what="what was given up" />
      {pages.value?.length === 0 && !pages.problem && <p class="empty quiet">Nothing was given up.</p>}
      <ul class="cards">
        {pages.rows.map((letter) => (
          <li key={letter.id} class="panel" data-testid="dead-letter">
            <p><strong>{queueName(letter.queue)}</strong> – {letter.reason}</p>
            <p class="quiet small">{letter.error}, {letter.attempts} tries from <time dateTime={letter.first}>{time(letter.first)}</time> to <time dateTime={letter.last}>{time(letter.last)}</time></p>
            <details class="small"><summary>Message</summary><pre class="seen" tabIndex={0} role="region" aria-label={`Message ${letter.id}`}>{letter.message}</pre></details>
            <div class="row">
              <Act label="Ask for it again" about={letter.id} act={then(`/${letter.id}/retry`, 'POST')} told="It is asked for again" />
              <button type="button" class="small" onClick={() => setAway(letter)}>Put away …<span class="unseen"> {letter.id}</span></button>
            </div>
          </li>
        ))}
      </ul>
      {pages.next && !pages.loading && <button type="button" onClick={pages.more}>More</button>}
      {away && (
        <Question title="Put this away?" label="Put away" danger act={then(`/${away.id}`, 'DELETE')} onClose={() => setAway(null)}>
          <p>The work is not done. The history keeps that it was put away, and by whom.</p>
        </Question>
      )}
    </>
  )
}
