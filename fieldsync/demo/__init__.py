"""A made-up county to try FieldSync with, and the story that plays in it."""
