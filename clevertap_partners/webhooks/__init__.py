"""Status alert webhooks: who wants to be told of what, and what each of them was told."""
