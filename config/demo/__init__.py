"""The demonstration district: real streets and villages, invented people. Nobody in it exists."""
