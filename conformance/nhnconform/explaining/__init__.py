"""What an id means: rules, requirements, cases, codes and error answers, from the tables that define them."""

from nhnconform.explaining.entries import Entry, explain, suggestions

__all__ = ["Entry", "explain", "suggestions"]
