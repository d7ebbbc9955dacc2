"""What a person at a terminal with colours sees: the same words as the plain text, in rich's tables."""
