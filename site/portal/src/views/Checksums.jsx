/** Both checksums of a file or an item, compared in words when both sides are known, with a button to copy each. */
import { useState } from 'preact/hooks'
import { announce } from '../announce.js'

const KINDS = [['md5', 'MD5'], ['sha256', 'SHA-256']]

export function Checksums({ here = null, item = null }) {
  return (
    <dl class="checksums">
      {KINDS.map(([kind, label]) => {
        const value = here?.[kind] ?? item?.[kind]
        return (
          <div key={kind}>
            <dt>{label}</dt>
            <dd>
              {value ? <code data-testid={kind}>{value}</code> : <span class="quiet">not known yet</span>}
              {value && <CopyButton label={label} value={value} />}
              {here && <Compared here={here[kind]} there={item?.[kind]} />}
            </dd>
          </div>
        )
      })}
    </dl>
  )
}

function Compared({ here, there }) {
  if (!there) return <span class="compared quiet">hashed here; the service has not given its value yet</span>
  if (here === there) return <span class="compared good">hashed here = stored there</span>
  return <span class="compared bad">hashed here, but stored there: <code>{there}</code></span>
}

function CopyButton({ label, value }) {
  const [copied, setCopied] = useState(false)
  async function copy() {
    const done = await toClipboard(value)
    setCopied(done)
    announce(done ? `${label} copied` : `${label} could not be copied`)
    if (done) setTimeout(() => setCopied(false), 2000)
  }
  return <button type="button" class="small" onClick={copy}>{copied ? 'Copied' : 'Copy'}<span class="unseen"> {label}</span></button>
}

/** The clipboard needs HTTPS or localhost and the member's leave; without them the text can still be marked by hand. */
async function toClipboard(text) {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    return false
  }
}
