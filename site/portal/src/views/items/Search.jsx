/** A search among all items of a space, kept in the address: what is asked for, and a form to ask. */
import { COPY_STATES, asked, propertyOf } from '../../search.js'
import { storeName } from '../../words.js'
import { searchInWords, stateInWords } from '../../words/items.js'

/** `search` is what the address says (null: nothing); `there` gives the address of a list with other fields. */
export function Search({ search, folder, there, stores }) {
  const of = search ?? {}
  const [property, value] = propertyOf(of)
  const none = Object.fromEntries(['name', 'format', 'tag', 'property', 'checksum', 'state', 'store'].map((name) => [name, '']))
  function submit(event) {
    event.preventDefault()
    location.hash = there({ ...none, ...asked(new FormData(event.currentTarget)) })
  }
  const text = { autocomplete: 'off', spellcheck: false }
  return (
    <>
      <details class="panel search">
        <summary>Search</summary>
        <form role="search" aria-label="Search items" class="fields" onSubmit={submit} key={JSON.stringify(of)}>
          <label>Name has<input name="name" defaultValue={of.name} {...text} /></label>
          <label>Format<input name="format" defaultValue={of.format} placeholder="image/*" {...text} /></label>
          <label>Tag<input name="tag" defaultValue={of.tag} {...text} /></label>
          <label>MD5 or SHA-256<input name="checksum" defaultValue={of.checksum} {...text} /></label>
          <label>Property<input name="property" defaultValue={property} autocapitalize="none" {...text} /></label>
          <label>Its value<input name="value" defaultValue={value} {...text} /></label>
          <label>State of a copy<select name="state"><option value="">any</option>{COPY_STATES.map((state) => <option key={state} value={state} selected={state === of.state}>{stateInWords(state)}</option>)}</select></label>
          <label>Store of the copy<select name="store"><option value="">any</option>{stores.map(({ id }) => <option key={id} value={id} selected={id === of.store}>{storeName(id, stores)}</option>)}</select></label>
          <div class="row"><button class="main">Search</button></div>
        </form>
      </details>
      {search && (
        <p class="notice" data-testid="search">
          <span>Only items{folder && <> in <bdi>{folder}</bdi></>} {searchInWords(search, stores)}.</span>
          <a href={there(none)}>Show all</a>
        </p>
      )}
    </>
  )
}
