"""One set of policy numbers for each source document: what the bureau of that place has decided."""
