"""The door of grid leaders, sentinels and community stewards: /g/."""
