// Pages with figures: when the page is at rest, each chart that comes into sight takes the place of the simple picture
// that the server has drawn; what draws it is large, and loaded only then.
const REST = 900

function begin() {
  const seen = new IntersectionObserver(async (entries) => {
    for (const { target, isIntersecting } of entries) {
      if (!isIntersecting) continue
      seen.unobserve(target)
      const { draw } = await import('../charts.js')
      draw(target)
    }
  }, { rootMargin: '200px' })
  for (const holder of document.querySelectorAll('[data-chart]')) seen.observe(holder)
}

const later = () => setTimeout(() => (window.requestIdleCallback ?? setTimeout)(begin), REST)
if (document.readyState === 'complete') later()
else addEventListener('load', later)
