// Pages with figures: each chart is drawn when it comes into sight, and what draws it is loaded then.
const seen = new IntersectionObserver(async (entries) => {
  for (const { target, isIntersecting } of entries) {
    if (!isIntersecting) continue
    seen.unobserve(target)
    const { draw } = await import('../charts.js')
    draw(target)
  }
}, { rootMargin: '200px' })

for (const holder of document.querySelectorAll('[data-chart]')) {
  // A hidden one is never in sight.
  holder.hidden = false
  seen.observe(holder)
}
