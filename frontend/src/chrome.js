// Words of an editor that it does not let be translated: they are put in place of the English ones as they appear. What
// people have written stands in fields, or below what `except` selects, and is left alone.
const SPOKEN = ['title', 'aria-label', 'placeholder', 'data-placeholder', 'alt']

export function speak(root, translate, { inside, except = '[contenteditable]' }) {
  const isChrome = (element) => element?.closest(inside) && !element.closest(except)

  function text(node) {
    const said = node.data.trim()
    if (!said || !isChrome(node.parentElement)) return
    const meant = node.data.replace(said, () => translate(said))
    if (meant !== node.data) node.data = meant
  }

  // What a field is called is the editor's, though what stands in it is not.
  function attributes(element) {
    if (!element.closest(inside) || element.parentElement?.closest(except)) return
    for (const name of SPOKEN) {
      const said = element.getAttribute(name)
      const meant = said && translate(said)
      if (said !== meant) element.setAttribute(name, meant)
    }
  }

  function all(node) {
    if (node.nodeType === Node.TEXT_NODE) return text(node)
    if (node.nodeType !== Node.ELEMENT_NODE) return
    const walker = document.createTreeWalker(node, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT)
    for (let one = node; one; one = walker.nextNode()) one.nodeType === Node.TEXT_NODE ? text(one) : attributes(one)
  }

  all(root)
  new MutationObserver((changes) => {
    for (const change of changes) {
      if (change.type === 'childList') change.addedNodes.forEach(all)
      else if (change.type === 'attributes') attributes(change.target)
      else text(change.target)
    }
  }).observe(root, { subtree: true, childList: true, characterData: true, attributes: true, attributeFilter: SPOKEN })
}
