"""Forms: from a spreadsheet (XLSForm) to compiled JSON, and from answers to what is wrong with them."""
