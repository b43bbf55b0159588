"""What must hold of the data of a batch, and what to do when it does not.

Both lines stand before the first import of Great Expectations: it reads the switch of its usage statistics
then, and at level INFO it writes hundreds of lines about itself into every task's log.
"""

from __future__ import annotations

import logging
import os

os.environ["GX_ANALYTICS_ENABLED"] = "false"
logging.getLogger("great_expectations").setLevel(logging.WARNING)
