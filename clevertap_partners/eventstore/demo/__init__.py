"""A made-up account: people of several languages who browse, search and buy for a year."""
