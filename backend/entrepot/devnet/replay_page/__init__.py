"""The stepper as a page: cases gone through in a browser, on a devnet that is founded for each.

| module | its job                                                               |
|--------|-----------------------------------------------------------------------|
| desk   | the cases there are; the one that is open, on a stage in its thread    |
| shown  | what the page says of a place, an answer, a refusal                    |
| app    | the page's addresses                                                   |

It speaks to no node but the one that it starts itself, so there is nothing that it could show, or
move, of a chain that counts.
"""
