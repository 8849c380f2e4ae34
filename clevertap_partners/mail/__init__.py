"""The outbox: mail is a row in the database first, and leaves through SMTP from there.

services    what puts mail into the outbox, in the caller's transaction
rendering   templates/mail/<name>.{subject,txt,html} become a letter
sending     a worker sends what is due; a lease keeps a second one from sending it too
"""
