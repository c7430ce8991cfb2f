// The theme fetches the whole search index with every page. Here the request waits until somebody goes to the search.
(() => {
  const form = document.forms.namedItem('search')
  if (!form || new URLSearchParams(location.search).has('q')) return
  const { open, send } = XMLHttpRequest.prototype
  const wanted = new Promise((resolve) => form.addEventListener('focusin', resolve, { once: true }))
  XMLHttpRequest.prototype.open = function (method, address, ...rest) {
    this.later = String(address).includes('/search/search_index.json')
    return open.call(this, method, address, ...rest)
  }
  XMLHttpRequest.prototype.send = function (body) {
    if (this.later) wanted.then(() => send.call(this, body))
    else send.call(this, body)
  }
})()
