"""The notice's two tables, counted from the records as of a cut-off (docs/reports.md: what each column counts)."""
