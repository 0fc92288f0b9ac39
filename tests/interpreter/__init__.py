"""A naive interpreter: the log read anew for every question, by the documents alone.

It shares no fold and no query with the registry, so that a mistake they share shows. Slow and
plain: of all events up to a position, those not retracted, in the order of their dates.
"""
