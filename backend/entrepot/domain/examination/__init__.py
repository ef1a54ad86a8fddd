"""Examination of documents under a documentary credit: UCP 600, eUCP 2.1 and, for obligations that
live in records alone, URDTT 1.0.

`examining.examine(credit, presentation)` applies every rule of `RULES` and answers one notice with
all that it found. Pure: what day it is, and which days banks keep closed, is part of the question.
"""
