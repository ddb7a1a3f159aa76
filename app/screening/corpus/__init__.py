"""The reference corpus: what tracks are compared with, where it comes from, whose it is.

A folder of files, not tables: screening processes read it without a database, and so does the
``countersign screen`` command.
"""
