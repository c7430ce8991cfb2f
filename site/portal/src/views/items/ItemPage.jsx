/** One item: what it looks like, what is said of it, how each copy is, and everything that ever happened to it. */
import { useEffect, useState } from 'preact/hooks'
import { announce } from '../../announce.js'
import { linkTo } from '../../place.js'
import { size, time } from '../../words.js'
import { Act } from '../Act.jsx'
import { Checksums } from '../Checksums.jsx'
import { Question } from '../Question.jsx'
import { useHeading } from '../use-heading.js'
import { useLoaded } from '../use-loaded.js'
import { Description } from './Description.jsx'
import { download } from './download.js'
import { Gone } from './Gone.jsx'
import { ItemCopies } from './ItemCopies.jsx'
import { Preview } from './Preview.jsx'
import { Timeline } from './Timeline.jsx'

const LOOK = 5000 // ms between two looks while the service is at work on a copy
const AT_WORK = ['pending', 'damaged', 'missing']

export function ItemPage({ space, id, session, stores, mayWrite, me }) {
  const { value: item, problem, loading, again } = useLoaded(() => session.item(space, id), [space, id])
  const name = id.slice(id.lastIndexOf('/', id.length - 2) + 1)
  const folder = id.slice(0, id.length - name.length)
  const heading = useHeading(name)
  const atWork = item?.copies.some((copy) => AT_WORK.includes(copy.state))
  const version = item && JSON.stringify([item.deposited_at, item.copies, item.properties, item.tags])

  const [asked, setAsked] = useState(0) // how often a check was asked for: what comes of it shows by itself

  useEffect(() => {
    if (!atWork && !asked) return
    const timer = setInterval(() => document.visibilityState === 'visible' && again(), LOOK)
    return () => clearInterval(timer)
  }, [atWork, asked])

  return (
    <article class="page" data-testid="item-page">
      <nav class="way" aria-label="Where this item is">
        <a href={linkTo(space, 'items')}>{space}</a>
        {folder && <><span aria-hidden="true"> / </span><a href={linkTo(space, 'items', { in: folder })}><bdi>{folder}</bdi></a></>}
      </nav>
      <h1 {...heading} translate={false}><bdi>{name}</bdi></h1>
      {loading && !item && !problem && <p class="quiet">Reading …</p>}
      {problem?.status === 404 ? (
        <Gone space={space} id={id} session={session} stores={stores} mayWrite={mayWrite} onBack={again} />
      ) : (
        problem && <p class="notice bad" role="alert"><span>{problem.message}</span><button type="button" class="small" onClick={again}>Try again</button></p>
      )}
      {item && problem?.status !== 404 && (
        <>
          <Actions item={item} session={session} mayWrite={mayWrite} onDeleted={again} />
          <ItemCopies item={item} stores={stores} session={session} me={me} onAsked={() => setAsked(asked + 1)} />
          <Preview key={item.md5} item={item} session={session} />
          <section class="panel" aria-labelledby="about">
            <h2 id="about">About this item</h2>
            <dl class="facts">
              <Fact name="Size">{size(item.size)}{item.size >= 1000 && ` (${item.size.toLocaleString('en-GB')} bytes)`}</Fact>
              <Fact name="Type"><code>{item.content_type ?? 'not known'}</code></Fact>
              <Fact name="Deposited"><time dateTime={item.deposited_at}>{time(item.deposited_at)}</time>{item.deposited_by && ` by ${item.deposited_by}`}</Fact>
            </dl>
            <Description item={item} session={session} mayWrite={mayWrite} onChange={again} />
            <h2>Checksums of record</h2>
            <p class="quiet small">
              {item.checksum_origin === 'first-read' ? 'Fixed by the first full read: the item came past the service.' : 'Fixed at the deposit; nothing ever changes them.'}
            </p>
            <Checksums item={item} />
          </section>
          <Timeline key={version} space={space} id={id} session={session} stores={stores} />
        </>
      )}
    </article>
  )
}

function Fact({ name, children }) {
  return <div><dt>{name}</dt><dd>{children}</dd></div>
}

function Actions({ item, session, mayWrite, onDeleted }) {
  const [asking, setAsking] = useState(false)
  return (
    <div class="row">
      <Act label="Download" kind="" act={() => download(session, item.space, [item.id])} />
      {mayWrite && <button type="button" onClick={() => setAsking(true)}>Delete …</button>}
      {asking && (
        <Question
          title="Delete this item?" label="Delete" danger
          act={() => session.remove(item.space, item.id)}
          onClose={(done) => {
            setAsking(false)
            if (!done) return
            announce(`${item.id} was deleted`)
            onDeleted()
          }}
        >
          <p><bdi>{item.id}</bdi> is gone from the space at once. Its copies are kept for a while; until then it can be brought back.</p>
        </Question>
      )}
    </div>
  )
}
