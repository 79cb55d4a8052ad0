"""From HTML to text and the metadata of its head."""
