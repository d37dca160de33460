"""The web chat: one page, one JSON endpoint, and what an operator looks at."""
