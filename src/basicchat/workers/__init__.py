"""Several processes that serve one address: their supervisor, and the broker between them."""
