"""The studies: a folder per question, with its design, its figures, and what was found."""
