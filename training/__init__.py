"""How every file in models/ is made from shared/data; nothing here is needed to run the product."""
