"""Lists as files: a resource declares the columns, PostgreSQL writes the rows, a thin writer packs them (EXP-X1, EXP-X2)."""
