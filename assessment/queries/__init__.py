"""Reads for reports. Every function: a bounded number of queries, whatever the rows."""

from assessment.queries.coverage import Coverage, Excluded, Line, coverage
from assessment.queries.populations import KindLine, Populations, populations

__all__ = ["Coverage", "Excluded", "KindLine", "Line", "Populations", "coverage", "populations"]
