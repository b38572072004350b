"""Pages for residents and everybody, without an account: booking, bulletins, teams, the map, links."""
