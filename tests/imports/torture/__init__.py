"""Imports under torture: workers die at every point, answers are lost, sessions expire.

source     random rows of a table: doubled, at the cursor, without one, in the future, bad
expected   what has to come of them, computed without the product
scenario   what one import is, and what will befall its runs, from a seed
points     where workers die: in planning, reading and landing, at each write to the database
storm      how a run stands, and what helps it
verdict    compares lake, catalogue and counts with what has to come
tally      the counts
chamber    an import from start to verdict: two runs among troubles, a third in peace

tests/torture has what imports share with exports.
"""
