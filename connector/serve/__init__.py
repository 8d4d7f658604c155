"""A local Glean: its indexing API into the archive's index, and its client API over it, for whoever may ask."""
