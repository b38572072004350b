"""A roster's way in, one step a page.

source, reading (bytes -> rows) -> columns, layouts (which is which) -> rows, placing, preparing (one row -> one staged
line, sealed) -> staging (temporary tables) -> repeats, families (what rows say to each other) -> matching, settling (what
the registry says) -> judging (new, changed, same, refused) -> report, samples -> applying, founding, story (the registry).
pipeline runs these, whole or not at all; page, worker and command go the same way.
"""
