"""`brokerwire`, in an installation that knows one more broker: the one of `remote_broker`.

Its accounts are in the file that FARAWAY_WORLD names: a list of key, secret and account number.
"""

import json
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from brokerwire_server import app
from brokerwire_server.brokers.paper import KIND
from brokerwire_server.cli import main
from tests.support.remote_broker import Kinds, World


def _kinds() -> Kinds:
    world = World()
    for key, secret, number in json.loads(Path(os.environ["FARAWAY_WORLD"]).read_text()):
        world.accounts[key, secret] = number
    return Kinds(KIND, world.kind)


if __name__ == "__main__":
    vars(app)["Registry"] = _kinds
    sys.exit(main())
