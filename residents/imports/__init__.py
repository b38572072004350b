"""A roster's way in, one step a page: reading -> columns -> rows -> families -> checking -> applying.

Reading and columns know files, rows knows one line, families and registry put lines together with what is known
already, checking makes a plan of all that, applying writes the plan. Page and command go the same way.
"""
