"""What goes wrong: notices of infringement, counter notices, strikes, statements of reasons.

The timeline of a case (``timeline``) is the truth; the states in the rows are its projection.
Personal data of the parties lies in ``case_party`` alone, and in letters to whom they are due.
Letters are written to the outbox table ``notification`` and shown in the console; nothing here
sends e-mail.
"""
