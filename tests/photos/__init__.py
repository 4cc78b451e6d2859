"""Tests of photos: each makes its own files."""
