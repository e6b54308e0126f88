// How far a migration is: looked up again until it is over.
const AGAIN = 1500
const shown = document.getElementById('progress')

async function look() {
  const answer = await fetch(location.href)
  if (!answer.ok) return setTimeout(look, 4 * AGAIN)
  const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html').getElementById('progress')
  shown.replaceChildren(...fresh.childNodes)
  if ('open' in fresh.dataset) setTimeout(look, AGAIN)
}

if ('open' in shown.dataset) setTimeout(look, AGAIN)
