// On every page: the menu of the person closes by Escape and by a click elsewhere; "/" leads to the search.
import { watchFiles } from '../files.js'

const menu = document.querySelector('details.person')
document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape' && menu?.open) {
    menu.open = false
    menu.querySelector('summary').focus()
  }
  const isTyping = event.target.closest('input, textarea, select, [contenteditable]')
  if (event.key === '/' && !isTyping && !event.ctrlKey && !event.metaKey && !event.altKey) {
    const seek = document.querySelector('.seek input')
    if (seek) {
      event.preventDefault()
      seek.focus()
    }
  }
})
document.addEventListener('click', (event) => {
  if (menu?.open && !menu.contains(event.target)) menu.open = false
})
if (document.querySelector('[data-live]')) import('../live.js')
watchFiles()
