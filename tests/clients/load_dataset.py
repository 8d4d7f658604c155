"""Loads a JSON Lines file as `datasets` does, and prints its columns' types and first row: load_dataset.py FILE."""

from __future__ import annotations

import json
import sys

from datasets import load_dataset

loaded = load_dataset("json", data_files=sys.argv[1], split="train")
types = {name: str(feature.dtype) for name, feature in loaded.features.items()}
sys.stdout.write(json.dumps({"rows": len(loaded), "types": types, "ids": loaded["id"][:]}))
