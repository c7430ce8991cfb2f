"""First administrator: make a code for a root user, where nobody can sign in (`make first-admin EMAIL=…`).

For the operator of an instance: the settings of the service are in the environment, and its tables can be reached.
"""

import os
import sys

from chalicelib.config import ConfigurationError
from chalicelib.domain.access import Role
from chalicelib.domain.errors import DuraCloudError
from chalicelib.wiring import instance


def main() -> None:
    """Print a code that makes whoever has it a root user, once, within 14 days. Repeatable: each makes another one."""
    try:
        code, invitation = instance().invite.offer(os.environ.get("EMAIL", ""), Role.ROOT, "operator")
    except (ConfigurationError, DuraCloudError) as error:
        sys.exit(f"No code was made: {error}")
    print(f"Code for a root user, good once until {invitation.expires_at:%d %B %Y}:\n\n  {code}\n")
    print("Use it:  duracloud --address ADDRESS redeem --username NAME")


if __name__ == "__main__":
    main()
