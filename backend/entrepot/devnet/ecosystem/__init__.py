"""A synthetic year of a whole ecosystem, on the real contracts and the real engine.

A seed and a scale make one year, the same every time, to the last byte of the tables.

    figures < year < deeds < tally < hands < playing < running < costing < reporting < charts < page
"""
