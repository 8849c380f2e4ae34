"""Exports under torture: workers die at every point, answers are lost, the queue is emptied.

scenario   what one run is: records, format, options, bucket, and what will befall it, from a seed
points     where workers die: before, during and after each upload and each write to the ledger
stranger   somebody else, who writes to the same bucket
storm      how an export stands, and what helps it
decoders   reads the files back without the product's code
verdict    compares the bucket, row by row, with what was loaded
tally      the counts
chamber    a run from start to verdict

tests/torture has what exports share with imports.
"""
