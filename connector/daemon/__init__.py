"""Files in, searchable out: what lies in the inbox, when it has arrived, the line it goes through, and the loop."""
