"""What people see: creator studio, storefront, review and takedown desk, rendered on the server."""
