"""The service around transcripts: files, threads, network, terminal.

Data goes one way: file, cues, segments, documents, index; see ``connector.daemon.pipeline`` for the line on one screen.
"""
