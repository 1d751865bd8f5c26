"""From rules to verdicts, findings and scores."""
