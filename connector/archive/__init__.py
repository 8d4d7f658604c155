"""The truth: the ledger, what people say about their recordings, and the documents derived from both."""
