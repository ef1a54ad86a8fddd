"""The HTTP API, version 1, for exporters, carriers, customs, banks and their systems.

Thin on purpose: a route parses, hands over to `steps.submission` or `views`, and answers.
Reading order: app, deps, routes/orders, errors.
"""
