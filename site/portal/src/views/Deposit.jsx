/** Where files are dropped or chosen, and how far they are. */
import { useEffect, useRef, useState } from 'preact/hooks'
import { announce } from '../announce.js'
import { filesFromDrop, filesFromInput } from '../chosen-files.js'
import { leftOut } from '../words.js'
import { Unfinished } from './Unfinished.jsx'
import { Uploads } from './Uploads.jsx'

export function Deposit({ space, desk, stores, session }) {
  const [notice, setNotice] = useState(null)
  const here = desk.engine.uploads().filter((upload) => upload.space === space)
  const trouble = desk.trouble()

  async function take(chosen) {
    const text = leftOut(await desk.take(space, chosen))
    if (!text) return // an earlier notice stays until it is dismissed
    setNotice(text)
    announce(text)
  }
  const over = useDrop(take)

  return (
    <>
      <section class={over ? 'drop over' : 'drop'} aria-label="Add files">
        <p class="drop-title">Drop files or folders here</p>
        <div class="row">
          <Chooser label="Choose files" testid="choose-files" onChosen={take} />
          <Chooser label="Choose a folder" testid="choose-folder" folder onChosen={take} />
        </div>
        <p class="quiet small">Checksums are computed in your browser. Folders keep their paths.</p>
      </section>
      <Unfinished space={space} desk={desk} />
      {trouble && <p class="notice" data-testid="notebook-trouble">{trouble}</p>}
      {notice && (
        <div class="notice" data-testid="left-out">
          <p>{notice}</p>
          <button type="button" class="small" onClick={() => setNotice(null)}>Dismiss</button>
        </div>
      )}
      {here.length > 0 && <Uploads uploads={here} engine={desk.engine} stores={stores} space={space} session={session} />}
    </>
  )
}

function Chooser({ label, testid, folder = false, onChosen }) {
  const input = useRef()
  function chosen(event) {
    onChosen(filesFromInput(event.currentTarget.files))
    event.currentTarget.value = '' // so that the same file can be chosen again
  }
  return (
    <>
      <button type="button" class={folder ? undefined : 'main'} onClick={() => input.current.click()}>{label}</button>
      <input ref={input} type="file" multiple webkitdirectory={folder} hidden onChange={chosen} data-testid={testid} />
    </>
  )
}

/** The whole window takes drops, so that a file dropped beside the frame does not replace the page. True while one hovers. */
function useDrop(onChosen) {
  const [over, setOver] = useState(false)
  const latest = useRef()
  latest.current = onChosen

  useEffect(() => {
    const isFiles = (event) => event.dataTransfer?.types.includes('Files')
    const hover = (event) => {
      if (!isFiles(event)) return
      event.preventDefault()
      event.dataTransfer.dropEffect = 'copy'
      setOver(true)
    }
    const leave = (event) => event.relatedTarget === null && setOver(false)
    const drop = async (event) => {
      if (!isFiles(event)) return
      event.preventDefault()
      setOver(false)
      latest.current(await filesFromDrop(event.dataTransfer))
    }
    addEventListener('dragover', hover)
    addEventListener('dragleave', leave)
    addEventListener('drop', drop)
    return () => {
      removeEventListener('dragover', hover)
      removeEventListener('dragleave', leave)
      removeEventListener('drop', drop)
    }
  }, [])
  return over
}
