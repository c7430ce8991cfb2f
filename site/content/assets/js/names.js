// What the theme adds by script, made fit for keyboards and screen readers: wide tables scroll, landmarks differ in name.
(() => {
  let codes = 0
  const repair = () => {
    document.querySelectorAll('nav.md-code__nav:not([aria-label])').forEach((nav) => nav.setAttribute('aria-label', `Copy code ${++codes}`))
    for (const button of document.querySelectorAll('.md-code__button:not([aria-label])')) button.setAttribute('aria-label', button.title)
    for (const wrap of document.querySelectorAll('.md-typeset__scrollwrap:not([tabindex])')) {
      wrap.tabIndex = 0
      wrap.setAttribute('role', 'group')
      wrap.setAttribute('aria-label', 'Table')
    }
  }
  new MutationObserver(repair).observe(document.body, { childList: true, subtree: true })
  repair()
})()
