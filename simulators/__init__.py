"""Stand-ins for the services that an instance talks to. They know nothing of our code: only what goes over the wire."""
