"""The `duracloud` command: what members and operators do from a terminal. It shares only HTTP with the service."""
