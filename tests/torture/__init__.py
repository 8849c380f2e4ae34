"""What the tortures of exports and of imports share.

magazine   bullets that wait for workers at points, and which of them have hit
watching   makes a process pass by its points
nursery    forks workers quickly; crew is its other end
storm      carries one piece of work through its troubles
tally      the counts
half       many runs on one database; __main__: both tortures, half of each on each database

`make torture` runs the long form; tests/exports/test_torture.py and tests/imports/test_torture.py
the short ones.
"""
