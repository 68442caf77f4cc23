"""The process that measures how fast networks train: ``python -m digitcore.jobs.measure``.

It reads lines of JSON from its standard input, each with the settings of a run, and answers each with a line of JSON:
``{"images_per_second": 1234.5}`` or ``{"error": "..."}``. It ends when its input ends or after a minute without input.
"""

import json
import os
import select
import sys
from typing import TextIO

from digitcore.errors import DigitcoreError, summary
from digitcore.jobs.launchers import NICENESS
from digitcore.runs.config import TrainConfig

IDLE_SECONDS = 60


def main() -> int:
    """Answer each line of the input."""
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # what libraries print must not be taken for an answer
    while select.select([sys.stdin], [], [], IDLE_SECONDS)[0]:
        line = sys.stdin.readline()
        if not line:
            break
        _answer(line, answers)
    return 0


def _answer(line: str, answers: TextIO) -> None:
    try:
        from digitcore.training.throughput import images_per_second  # imports TensorFlow

        answer = {"images_per_second": images_per_second(TrainConfig.from_json(json.loads(line)))}
    except DigitcoreError as error:
        answer = {"error": str(error)}
    except Exception as error:
        answer = {"error": f"The speed cannot be measured: {summary(error)}"}
    print(json.dumps(answer), file=answers)


if __name__ == "__main__":
    sys.exit(main())
