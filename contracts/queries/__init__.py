"""What pages and reports read of agreements; set-based, with a bounded number of queries each."""
