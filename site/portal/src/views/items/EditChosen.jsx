/** Properties and tags of several items changed at once, and in the end how many were and which were not. */
import { announce } from '../../announce.js'
import { changeAll, changeIn } from '../../bulk.js'
import { changedInWords, chosenInWords } from '../../words/items.js'
import { Question } from '../Question.jsx'

export function EditChosen({ items, space, session, onClose }) {
  async function act(form) {
    const change = changeIn(form)
    if (!change) throw new Error('Say what is to be changed.')
    const result = await changeAll(items.map(({ id }) => id), (ids) => session.edit(space, ids, change))
    announce(changedInWords(result))
    onClose(result)
  }
  const text = { autocomplete: 'off', spellcheck: false }
  return (
    <Question title={`Change ${chosenInWords(items)}`} label="Change them" act={act} onClose={(done) => done || onClose(null)}>
      <p class="quiet small">What is left empty here stays as it is.</p>
      <label>Set the property<input name="set" autocapitalize="none" autofocus {...text} /></label>
      <label>to the value<input name="value" {...text} /></label>
      <label>Take away the property<input name="take" autocapitalize="none" {...text} /></label>
      <label>Add tags<input name="add" aria-describedby="several" {...text} /></label>
      <label>Take away tags<input name="remove" aria-describedby="several" {...text} /></label>
      <p class="quiet small" id="several">Several tags: with | between them.</p>
    </Question>
  )
}

/** How many were changed, and of those that were not the first with the reason. */
export function Changed({ result, onDismiss }) {
  const { refused } = result
  return (
    <div class={refused.length ? 'notice bad' : 'notice'} data-testid="changed">
      <p><strong>{changedInWords(result)}</strong></p>
      <button type="button" class="small" onClick={onDismiss}>Dismiss</button>
      {refused.length > 0 && (
        <details open={refused.length <= 5}>
          <summary>Which, and why</summary>
          <ul class="few">{refused.slice(0, 100).map(({ id, reason }) => <li key={id}><bdi>{id}</bdi>: {reason}</li>)}{refused.length > 100 && <li>…</li>}</ul>
        </details>
      )}
    </div>
  )
}
