"""Delivery of messages to rescuers: streams, channels in order, receipts."""
