"""Events in and out: outbox, inbox, consumers and tables on top of FastStream.

Start reading at ``consumer`` (handling a topic once), ``table`` (replaying one into memory) and
``outbox`` (publishing with a transaction); ``link`` ties them to a service's life.
"""
