"""A roster's way in, one step a page.

reading (bytes -> texts) -> columns (which is which) -> rows (one line -> draft) -> reach (village and grid) -> families
(who lives together) -> registry (what is known already) -> settling (which household that is) -> judging (new, changed,
same, refused). checking runs these and makes a plan; report and sheets show it; applying writes it. Page and command go
the same way.
"""
