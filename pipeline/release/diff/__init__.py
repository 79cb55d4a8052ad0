"""What changed from one release to another, page by page, and what made it so."""
