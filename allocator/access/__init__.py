"""Streets, walking distances, facilities; the only room that knows OpenStreetMap."""
