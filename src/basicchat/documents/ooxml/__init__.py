"""Readers of Office Open XML, the format of .docx, .pptx and .xlsx (ECMA-376)."""
