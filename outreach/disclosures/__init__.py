"""The monthly ten disclosures: what the sources know, the draft, its outputs, and what counts as told (S0-23)."""
