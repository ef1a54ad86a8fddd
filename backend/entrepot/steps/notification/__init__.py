"""Notification: what happened is sent to where members want to be told."""
