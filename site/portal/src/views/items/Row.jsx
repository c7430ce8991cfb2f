/** One row of what a space holds: a folder to go into, or an item with its size and how its copies are. */
import { linkToItem } from '../../place.js'
import { size } from '../../words.js'
import { copiesInWords } from '../../words/items.js'
import { FileName, Mark } from '../FileName.jsx'

export function Row({ row, space, stores, there, tree, chosen, onChoose }) {
  if (row.kind === 'folder') {
    return (
      <div class="line" data-testid="folder">
        <svg class="mark" viewBox="0 0 16 16" width="18" height="18" aria-hidden="true"><path d="M2 4.5h4l1.5 2H14v6.5H2z" /></svg>
        <a class="file" href={there({ in: row.key, begins: '' })}><bdi>{row.name}</bdi><span class="unseen"> (folder)</span></a>
      </div>
    )
  }
  const { item } = row
  const { tone, words } = copiesInWords(item, stores)
  const cut = tree ? item.id.lastIndexOf('/', item.id.length - 2) + 1 : 0
  return (
    <div class="line" data-testid="item">
      <input type="checkbox" checked={chosen} aria-label={`Choose ${item.id}`} onChange={(event) => onChoose(item, event.currentTarget.checked)} />
      <a href={linkToItem(space, item.id)} title={item.id}><FileName id={item.id.slice(cut)} /></a>
      <span class="size">{size(item.size)}</span>
      <span class={`phase ${tone}`} data-testid="copies" data-tone={tone}><Mark tone={tone} />{words}</span>
    </div>
  )
}
