"""Documents of clients (KYC-10)."""
