"""Which host names are only reachable from here: demo mode has known passwords and must not be met by strangers."""

import ipaddress

PRIVATE_ENDINGS = (".localhost", ".local", ".test", ".internal", ".lan", ".home.arpa")


def is_private(host: str) -> bool:
    """True for localhost, private and loopback addresses, names without a dot, and the endings kept for private use."""
    name = host.strip().strip("[]").rstrip(".").lower()
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return name not in ("", "*") and (("." not in name and "*" not in name) or name.endswith(PRIVATE_ENDINGS))
    return (address.is_private or address.is_loopback) and not address.is_unspecified
