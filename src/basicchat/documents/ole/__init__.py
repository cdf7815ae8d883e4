"""Readers of the office formats before 2007 and of Outlook, which are OLE compound files."""
