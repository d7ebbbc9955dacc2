"""One verb a file; the sentences that join the parts."""
