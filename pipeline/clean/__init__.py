"""Takes out what is not the page's own text. All steps look at the same text."""
