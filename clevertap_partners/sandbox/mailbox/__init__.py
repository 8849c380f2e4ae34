"""A real mail server for one machine: it takes every letter and passes none on.

server   receives over SMTP
store    keeps the newest letters as files, and reads them
"""
