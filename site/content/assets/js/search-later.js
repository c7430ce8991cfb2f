// The theme fetches the whole search index with every page. It takes a promise instead: this one fetches on first use.
(() => {
  const form = document.forms.namedItem('search')
  if (!form) return
  const { base } = JSON.parse(document.getElementById('__config').textContent)
  const address = new URL(`${base}/search/search_index.json`, location)
  window.__search = {
    index: new Promise((resolve, reject) => {
      const start = () => fetch(address).then((answer) => answer.json()).then(resolve, reject)
      if (new URLSearchParams(location.search).has('q')) start()
      else form.addEventListener('focusin', start, { once: true })
    })
  }
})()
