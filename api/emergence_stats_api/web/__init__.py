"""The page: templates, one style sheet and one script, all from this package; nothing is loaded from elsewhere."""
