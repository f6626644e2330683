"""Generated tables of the Markdown pages, and the checks of all pages."""
