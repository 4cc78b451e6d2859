"""One file for each step, in order: `m<number>_<what it does>.py`."""
