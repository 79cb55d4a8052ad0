"""What the pages of a site have in common: how many of them carry each line."""
