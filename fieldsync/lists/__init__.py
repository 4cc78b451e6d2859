"""Tables that offices already have, read as they are: .xlsx and .csv; it knows nothing of a database."""
