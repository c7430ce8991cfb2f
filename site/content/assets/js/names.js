// What the theme adds by script, made fit for keyboards and screen readers: wide tables scroll, copy buttons are no landmarks.
(() => {
  const repair = () => {
    for (const nav of document.querySelectorAll('nav.md-code__nav:not([role])')) nav.setAttribute('role', 'group')
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
