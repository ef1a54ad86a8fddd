"""Cases: a settlement as one self-contained file, recorded, played again, stepped through, forked.

| module     | its job                                                          |
|------------|------------------------------------------------------------------|
| case       | the file: its lines, and how they are read and written           |
| chain      | a node that mines a case's blocks, and goes back to any of them  |
| stage      | that chain with a database that follows it, both ways            |
| faults     | what goes wrong while it is played, drawn from a seed            |
| recording  | a running devnet, or a scenario, as a case                       |
| playing    | its blocks mined again, each with what it led to                 |
| checking   | a case played again, beside what was recorded                    |
| timeline   | the places a reader comes by: block, call, event                 |
| lanes      | in which of four lanes each place is told                        |
| states     | the tables at each block, and what differs between two           |
| facts      | what can be asked of a state by name                             |
| expressions, breakpoints | conditions over facts, and where to stop           |
| why        | why a tranche's money waits, and what would let it go            |
| stepper    | one reader's place, and what can be asked there                  |
| commands   | the stepper's commands as they are typed                         |
| altering   | one fact to change                                               |
| whatif     | a second devnet with that fact otherwise, beside the record      |
"""
