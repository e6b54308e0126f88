"""Good diagrams that are broken at random: each is refused where it was broken, or runs; none does harm."""
