/** What administrators set of a space: who may do what, how long deleted items are kept, until when nothing may change; and its end. */
import { encodeSegment } from '../../content-id.js'
import { counted, size } from '../../words.js'
import { Act } from '../Act.jsx'
import { Told } from '../Area.jsx'
import { useLoaded } from '../use-loaded.js'
import { Access } from './Access.jsx'
import { Keeping } from './Keeping.jsx'
import { Remove } from './Remove.jsx'

export function View({ space, session, me, onRemoved }) {
  const address = `/api/spaces/${encodeSegment(space)}`
  const loaded = useLoaded(async () => {
    const [whole, settings] = await Promise.all([withRevision(session, address), withRevision(session, `${address}/settings`)])
    return { whole, settings }
  }, [space])
  const common = { space, address, session, me, onChange: loaded.again }
  const { whole, settings } = loaded.value ?? {}
  return (
    <>
      <Told loaded={loaded} what="the settings" />
      {whole && (
        <>
          {whole.told.removing && <p class="notice bad" role="alert">This space is being removed with all that is in it.</p>}
          <Access {...common} {...whole} />
          <Keeping {...common} {...settings} />
          <section class="panel" aria-labelledby="measure">
            <h2 id="measure">Measure and check</h2>
            <p class="quiet">{whole.told.items == null ? 'It was not measured yet.' : `It held ${counted(whole.told.items, 'item')}, ${size(whole.told.bytes)}, when it was measured last.`}</p>
            <div class="row">
              <Act label="Measure it now" kind="" act={() => session.request(`${address}/reports`, 'POST')} told="A measurement was asked for" done="Asked for: it takes a moment." />
              <Act label="Check every copy now" kind="" act={() => session.request(`${address}/checks`, 'POST')} told="Checks were asked for" done="Asked for: the items tell what comes of it." />
            </div>
          </section>
          <Remove {...common} onRemoved={onRemoved} />
        </>
      )}
    </>
  )
}

async function withRevision(session, address) {
  const answer = await session.request(address)
  return { told: await answer.json(), revision: answer.headers.get('ETag') }
}
