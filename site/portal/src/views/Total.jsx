/** Progress of everything in this session: shown in detail, read aloud sparingly. */
import { useEffect } from 'preact/hooks'
import { announce } from '../announce.js'
import { spoken, summarise } from '../engine/summary.js'
import { counted, everyCopy, size } from '../words.js'

export function Total({ uploads, engine, copies }) {
  const sum = summarise(uploads)
  const sentence = spoken(sum)
  useEffect(() => {
    if (sentence) announce(sentence)
  }, [sentence])
  if (sum.files === 0) return null

  return (
    <section class="total" aria-label="Total of this session" data-testid="total">
      <progress value={sum.done} max={1} aria-label="Sent" />
      <p class="total-words">
        <strong>{counted(sum.files, 'file')}</strong>
        <span>{size(sum.sent)} of {size(sum.bytes)} sent</span>
        <span>{sum.stored.toLocaleString('en-GB')} stored</span>
        <span>{sum.verified.toLocaleString('en-GB')} verified in {everyCopy(copies)}</span>
        {sum.failed > 0 && <span class="bad-words">{sum.failed.toLocaleString('en-GB')} failed</span>}
      </p>
      {engine.isPaused() ? (
        <button type="button" class="main" onClick={engine.resume}>Resume</button>
      ) : (
        sum.underWay > 0 && <button type="button" onClick={engine.pause} title="Files being sent are finished; no other one begins">Pause</button>
      )}
    </section>
  )
}
