"""Places as pages and reports see them, one subject a file."""
