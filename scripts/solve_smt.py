"""A solver for halmos: decide one SMT-LIB file with integers in place of bit vectors.

Interest and shares are multiplications and divisions by constants. Over bit vectors no solver at
hand decides them within minutes, over integers cvc5 does in milliseconds. Runs in the environment
of halmos, which has cvc5.
"""

import sys

import cvc5


def main(path: str) -> None:
    """Print what the file's commands answer: sat or unsat, and a model."""
    solver = cvc5.Solver()
    solver.setOption("solve-bv-as-int", "sum")
    solver.setOption("produce-models", "true")
    parser = cvc5.InputParser(solver)
    parser.setFileInput(cvc5.InputLanguage.SMT_LIB_2_6, path)
    names = parser.getSymbolManager()
    while not (command := parser.nextCommand()).isNull():
        print(command.invoke(solver, names), end="", flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
