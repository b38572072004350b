"""Measured limits: how our way compares with a plain one. Run by `make bench`."""
