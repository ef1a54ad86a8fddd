"""Cases: a settlement as one self-contained file, recorded, played again, stepped through, forked.

| module     | its job                                                          |
|------------|------------------------------------------------------------------|
| case       | the file: its lines, and how they are read and written           |
| chain      | a node that mines a case's blocks, and goes back to any of them  |
| stage      | that chain with a database that follows it, both ways            |
| recording  | a running devnet, or a scenario, as a case                       |
| checking   | a case played again, beside what was recorded                    |
"""
