/** Has the browser save what is at an address, without leaving the page. */

export function download(address, id) {
  const link = document.createElement('a')
  link.href = `${address}?attachment=true`
  link.download = id.slice(id.lastIndexOf('/') + 1)
  document.body.append(link)
  link.click()
  link.remove()
}
