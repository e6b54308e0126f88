"""Random processes of all elements, played along random paths: a property test and a command (`python -m`)."""
