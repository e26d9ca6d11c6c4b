"""What people keep of a list: its columns and page size, and views with a name (UIX-01, UIX-07)."""
