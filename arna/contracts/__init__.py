"""The event contracts: what may travel, in which shape, and why something is refused.

``registry`` says which entities there are, ``envelope`` builds events, ``decode`` reads them, ``rules`` explains
refusals, ``identifiers`` knows Kazakhstan's numbers, ``schemas`` writes JSON Schema and AsyncAPI.
"""
