"""Tests of the nouns, through the doors that people use."""
