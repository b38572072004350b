"""Reads for reports. Every function: a bounded number of queries, whatever the rows."""

from assessment.queries.coverage import Coverage, Excluded, Line, coverage

__all__ = ["Coverage", "Excluded", "Line", "coverage"]
