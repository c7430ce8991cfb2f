/** Progress of everything in this session: shown in detail, read aloud sparingly. */
import { useEffect } from 'preact/hooks'
import { announce } from '../announce.js'
import { spoken } from '../engine/summary.js'
import { counted, everyCopy, heldInWords, paceInWords, size } from '../words.js'

export function Total({ desk, copies }) {
  const { engine } = desk
  const sum = desk.summary()
  const sentence = spoken(sum)
  useEffect(() => {
    if (sentence) announce(sentence)
  }, [sentence])
  const held = sum.underWay > 0 ? heldInWords(engine.holds) : null
  useEffect(() => {
    if (held) announce(held)
  }, [held])
  if (sum.files === 0) return null
  const { speed, seconds } = desk.pace()
  const pace = sum.underWay > 0 && !held && paceInWords(speed, seconds)

  return (
    <section class="total" aria-label="Total of this session" data-testid="total">
      <progress value={sum.done} max={1} aria-label="Sent" />
      <p class="total-words">
        <strong>{counted(sum.files, 'file')}</strong>
        <span>{size(sum.sent)} of {size(sum.bytes)} sent</span>
        {pace && <span data-testid="pace">{pace}</span>}
        <span>{sum.stored.toLocaleString('en-GB')} stored</span>
        <span>{sum.verified.toLocaleString('en-GB')} verified in {everyCopy(copies)}</span>
        {sum.conflicts > 0 && <span class="warn">{sum.conflicts.toLocaleString('en-GB')} to be decided</span>}
        {sum.failed > 0 && <span class="bad-words">{sum.failed.toLocaleString('en-GB')} failed</span>}
        {held && <strong class="warn" data-testid="held">{held}</strong>}
      </p>
      {engine.holds.has('member') ? (
        <button type="button" class="main" onClick={engine.resume}>Resume</button>
      ) : (
        sum.underWay > 0 && <button type="button" onClick={engine.pause}>Pause</button>
      )}
    </section>
  )
}
