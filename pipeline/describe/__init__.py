"""Says what a page is: title, authors, dates, language."""
