"""Show the ledger as pages: scores, findings, batches and their way, for people who are logged in where the pages live."""
