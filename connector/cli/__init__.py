"""The terminal: Typer commands of a few lines; what is heavy is imported inside them."""
