"""A real browser over the real pages: screenshots for people's eyes, console and CSP errors for the tests. Development alone."""
