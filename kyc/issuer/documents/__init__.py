"""Pages of documents (KYC-10)."""
