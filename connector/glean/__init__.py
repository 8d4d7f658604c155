"""The way out: documents checked against Glean's rules and written as pages its indexing API takes."""
