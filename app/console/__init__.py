"""What people see: creator studio, storefront, review and takedown desk (server-rendered)."""
