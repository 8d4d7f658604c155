"""Three talks written for this project, and ``python -m connector.examples``, which shows the product with them."""
