"""The verbs of dictionaries, tiers, price lists and fees; each module says what it is for (TIE, FEE, LIM)."""
