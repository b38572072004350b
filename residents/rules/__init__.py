"""Pure rules of the registry, one noun a page: values in, a verdict out. No clock, no database."""
