/** How long deleted items of a space are kept, until when nothing in it may be changed, and its release after a pause. */
import { counted, time } from '../../words.js'
import { Act, Form } from '../Act.jsx'
import { isOwner } from '../Header.jsx'

export function Keeping({ address, session, me, told, revision, onChange }) {
  async function save(fields) {
    const hold = fields.get('hold')
    const wanted = { hold_days: hold === '' ? null : Number(hold), retained_until: isOwner(me) ? fields.get('until') || null : told.retained_until }
    await session.request(`${address}/settings`, 'PUT', wanted, { 'If-Match': revision })
    onChange()
  }
  async function release() {
    await session.json(`${address}/release`, 'POST')
    onChange()
  }
  return (
    <section class="panel" aria-labelledby="keeping">
      <h2 id="keeping">How long things are kept</h2>
      {told.paused && (
        <div class="notice bad" role="alert">
          <p>Paused since <time dateTime={told.paused.since}>{time(told.paused.since)}</time>: {told.paused.why} Other stores keep what they have until an owner lets them follow again.</p>
          {isOwner(me) && <Act label="Let them follow" act={release} told="Other stores follow this space again" />}
        </div>
      )}
      <p class="quiet">Deleted items can be brought back for {counted(told.hold_days_in_force, 'day')}. {told.retained_until ? `Nothing may be deleted or replaced before ${told.retained_until}.` : 'There is no retention.'}</p>
      <Form label="Save" title="How long things are kept" act={save} told="Saved" key={revision}>
        <label>Keep deleted items for (days; empty: as everywhere here)<input name="hold" type="number" min={isOwner(me) ? 0 : 1} max={36500} defaultValue={told.hold_days ?? ''} /></label>
        {isOwner(me) && (
          <label>
            Let nobody delete or replace anything until (empty: no retention)
            <input name="until" type="date" defaultValue={told.retained_until ?? ''} aria-describedby="retention" />
          </label>
        )}
        {isOwner(me) && <p class="quiet small" id="retention">A retention can be made longer, never shorter.</p>}
      </Form>
    </section>
  )
}
