"""The pages for people: search, recordings, the model, the sources. Plain HTML; scripts only make them handier."""
