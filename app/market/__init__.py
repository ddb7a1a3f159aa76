"""What is sold: listings, licence offers, orders, grants, certificates, delivery."""
